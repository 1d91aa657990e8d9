//! Whose connection a fix goes through, and what becomes of one that may not do enough.

use rooms_app::zoom::disconnect::{self, SCOPE_MISSING};
use rooms_app::zoom::hosts;
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{ConnectionStatus, HostsFor};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_new_link_goes_through_whoever_hosts_now() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "jonas").await;
        let his = app.connect_zoom(&jonas, ZOOM_JONAS).await;
        hosts::offer(&app.app, &jonas.actor, his.id, HostsFor::Company)
            .await
            .unwrap();
        let shared = StandIn::Shared(his.id);
        let admin = &stage.company.admin.actor;
        hosts::set_stand_in(&app.app, admin, shared).await.unwrap();
        let nina = app.officer(&stage.company, "nina").await;
        let booked = app.book(&nina, &stage.room, 20, ZOOM).await;
        app.run_jobs().await;
        let booked = stage.now(app, &booked).await;
        assert_eq!(alive(app)[0].host_email, ZOOM_JONAS);

        // He takes his offer back, and Mara's account stands in from then on.
        let hers = stage.connection(app, &stage.mara).await;
        let own = HostsFor::Owner;
        hosts::offer(&app.app, &jonas.actor, his.id, own)
            .await
            .unwrap();
        hosts::offer(&app.app, &stage.mara.actor, hers.id, HostsFor::Company)
            .await
            .unwrap();
        let shared = StandIn::Shared(hers.id);
        hosts::set_stand_in(&app.app, admin, shared).await.unwrap();
        assert!(app.sim.delete_meeting(zoom_id(&booked)));
        let found = stage.compare(app).await;
        assert_eq!(kinds(&found), [FindingKind::Missing]);
        let done = stage.fix_all(app, &found).await;
        assert_eq!(done.counts.of(FindingState::Fixed), 1, "{:?}", done.open);
        exactly(app, &[&booked.booking]);
        assert_eq!(alive(app)[0].host_email, ZOOM_MARA);
    })
    .await;
}

#[tokio::test]
async fn a_new_link_nobody_can_host_is_said() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "jonas").await;
        let his = app.connect_zoom(&jonas, ZOOM_JONAS).await;
        hosts::offer(&app.app, &jonas.actor, his.id, HostsFor::Company)
            .await
            .unwrap();
        let admin = &stage.company.admin.actor;
        hosts::set_stand_in(&app.app, admin, StandIn::Shared(his.id))
            .await
            .unwrap();
        let nina = app.officer(&stage.company, "nina").await;
        let booked = app.book(&nina, &stage.room, 20, ZOOM).await;
        app.run_jobs().await;
        let booked = stage.now(app, &booked).await;
        let nobody = StandIn::Nobody;
        hosts::set_stand_in(&app.app, admin, nobody).await.unwrap();
        assert!(app.sim.delete_meeting(zoom_id(&booked)));
        let found = stage.compare(app).await;
        let tried = stage.fix_all(app, &found).await;
        assert_eq!(kinds(&tried), [FindingKind::Missing]);
        let why = tried.open[0].trouble.clone().unwrap();
        assert_eq!(why, "Nina has no active Zoom connection.");
        exactly(app, &[]);
        app.run_jobs().await;
        let dead = stage.now(app, &booked).await.meeting.unwrap();
        assert_eq!((dead.state, dead.join_url), (MeetingState::Failed, None));
        let told = rooms_app::history::notices(&app.app, &nina.actor).await;
        let told: Vec<_> = told.unwrap().into_iter().map(|n| n.kind).collect();
        assert_eq!(told, ["meeting.gone"]);

        // With a host again it is made anew.
        hosts::set_stand_in(&app.app, admin, StandIn::Shared(his.id))
            .await
            .unwrap();
        let done = stage.fix_all(app, &tried).await;
        assert_eq!(done.counts.of(FindingState::Fixed), 1, "{:?}", done.open);
        exactly(app, &[&booked.booking]);
    })
    .await;
}

#[tokio::test]
async fn a_comparison_that_lacks_a_permission_asks_the_person() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.book(app, 20).await;
        let lacks = json!({
            "code": 4711,
            "message": "Invalid access token, does not contain scopes:[meeting:read:list_meetings]."
        });
        let lacks = Trouble::Status(400, lacks);
        app.sim.fault(Fault::always(Operation::List, lacks));
        stage.compare(app).await;
        let asked = stage.connection(app, &stage.mara).await;
        assert_eq!(asked.status, ConnectionStatus::NeedsAttention);
        assert_eq!(asked.attention.as_deref(), Some(SCOPE_MISSING));
        app.sim.clear_faults();
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let found = stage.compare(app).await;
        assert_eq!(kinds(&found), []);
        assert!(
            disconnect::disconnect(&app.app, &stage.mara.actor, None)
                .await
                .unwrap()
        );
    })
    .await;
}
