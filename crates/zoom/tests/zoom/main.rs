//! The client against a real server on this machine that answers in Zoom's recorded shapes.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first surprise"
)]

mod debug;
mod errors;
/// The example is a test as well.
#[path = "../../examples/meeting.rs"]
mod example;
mod limits;
mod meetings;
mod oauth;
mod peer;
mod setup;
mod transport;
mod watch;
mod webhook;

#[tokio::test]
async fn the_example_leads_a_meeting_through_its_life() {
    assert_eq!(
        example::life_of_a_meeting().await.unwrap(),
        [
            "connected as Mara Lindqvist",
            "made Weekly",
            "0 settings are not as asked",
            "moved to 2030-12-01T10:00:00Z",
            "deleted",
            "disconnected"
        ]
    );
}
