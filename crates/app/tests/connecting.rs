//! Coming back from Zoom: what is said where nothing is connected, and grants that overtake each other;
//! on both databases, beside the simulator.

use jiff::SignedDuration;
use rooms_app::people::sessions::Visitor;
use rooms_app::zoom;
use rooms_app::zoom::connect::{self, NotConnected};
use rooms_core::SessionId;
use rooms_core::connection::ConnectionStatus;
use rooms_testkit::Gate;
use rooms_testkit::app::{CLIENT_ID, TestApp, TestPerson, ZOOM_MARA, on_each};

#[tokio::test]
async fn what_comes_back_without_a_state_says_what_it_was() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let visitor = Visitor {
        session: SessionId::from_uuid(app.app.new_id()),
        actor: company.admin.actor.clone(),
        proved_at: app.app.now(),
        confined: false,
    };
    let back = async |code: Option<&str>, error: Option<&str>, state: Option<&str>| {
        let answer = connect::Answer {
            code: code.map(str::to_owned),
            error: error.map(str::to_owned),
            state: state.map(str::to_owned),
        };
        connect::complete(&app.app, Some(&visitor), &answer)
            .await
            .unwrap_err()
    };
    for state in [None, Some("")] {
        let declined = back(None, Some("access_denied"), state).await;
        assert!(matches!(declined, NotConnected::Declined), "{declined:?}");
        let refused = back(None, Some("server_error"), state).await;
        assert!(matches!(refused, NotConnected::Refused(_)), "{refused:?}");
        let marketplace = back(Some("code"), None, state).await;
        assert!(matches!(marketplace, NotConnected::NoState));
        let nothing = back(None, None, state).await;
        assert!(matches!(nothing, NotConnected::NoCode), "{nothing:?}");
    }
}

/// Somebody's grant is stored only after another person, or they themselves, were given one for the
/// same Zoom user: what became of it, and of the other's connection.
async fn overtaken(
    app: &TestApp,
    [first, second]: [&TestPerson; 2],
) -> (Result<ConnectionStatus, NotConnected>, ConnectionStatus) {
    // They leave, their state is used up, after the first answer of Zoom its end and what was given
    // are noted, after the second its end; then it is stored.
    let gate = Gate::before(6);
    let other = app.beside(Some(&gate)).await;
    let connecting = Box::pin(app.connect_through(&other, first, ZOOM_MARA));
    let overtaking = Box::pin(gate.meanwhile(async {
        app.pass(SignedDuration::from_secs(2));
        app.connect_zoom(second, ZOOM_MARA).await
    }));
    let (late, newer) = tokio::join!(connecting, overtaking);
    other.shut_down().await;
    let all = zoom::connections(&app.app, &second.actor).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].granted_at, newer.granted_at, "the newer one holds");
    assert!(
        app.sim.is_installed(ZOOM_MARA, CLIENT_ID),
        "nothing is given back"
    );
    (late.map(|late| late.status), all[0].status)
}

#[tokio::test]
async fn of_two_grants_the_one_given_later_holds_in_whatever_order_they_are_stored() {
    on_each(async |app| {
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let lee = app.officer(&company, "lee").await;
        let (late, newer) = overtaken(app, [&mara, &mara]).await;
        assert_eq!(late.unwrap(), ConnectionStatus::Active);
        assert_eq!(newer, ConnectionStatus::Active);

        let (late, newer) = overtaken(app, [&lee, &mara]).await;
        assert!(matches!(late, Err(NotConnected::CodeRejected)), "{late:?}");
        assert_eq!(newer, ConnectionStatus::Active);
        let lees = zoom::connections(&app.app, &lee.actor).await.unwrap();
        assert!(lees.is_empty());
    })
    .await;
}
