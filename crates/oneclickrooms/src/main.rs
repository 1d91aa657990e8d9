//! One click to a booked room with a Zoom link: the server and its commands.
fn main() {}
