//! Every fault the simulator knows, met by every deed: whatever fails, and however, in the end Zoom
//! has exactly the meetings that live bookings want; while it fails people can see it, and nobody
//! is asked to do what they cannot help.
//!
//! [`kinds`] is the table; it says what each fault has to mean. [`cell`] plays one of its cells.
//! [`retry_after`] is the limit of a day in each form Zoom may tell it.
//! [`webhooks`] is the same for what befalls the events that Zoom sends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

mod cell;
mod kinds;
mod retry_after;
mod scene;
mod webhooks;

use kinds::KINDS;

#[test]
fn every_trouble_of_the_simulator_is_in_the_table() {
    let table: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let catalogue: Vec<_> = zoom_sim::Trouble::names().collect();
    assert_eq!(table, catalogue);
}
