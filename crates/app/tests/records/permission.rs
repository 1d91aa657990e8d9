//! Who may connect apps, through which group; that it goes on record, and that a connection ends
//! with the permission.

use jiff::SignedDuration;
use rooms_app::people::{self, PersonChange, groups, permission};
use rooms_app::{Failure, zoom};
use rooms_core::connection::Connection;
use rooms_core::group::Permission;
use rooms_core::{Group, Role};
use rooms_testkit::app::{CLIENT_ID, ZOOM_MARA, on_each};

use super::*;

/// Changes whether an admin chose somebody.
async fn choose(app: &TestApp, company: &TestCompany, who: &TestPerson, may_connect: bool) {
    let change = PersonChange {
        name: who.actor.name.clone(),
        role: Role::Officer,
        may_connect,
    };
    people::change(&app.app, &company.admin.actor, who.id(), change)
        .await
        .unwrap();
}

async fn group(app: &TestApp, company: &TestCompany, name: &str) -> Group {
    groups::add(&app.app, &company.admin.actor, name, true)
        .await
        .unwrap()
}

async fn put_in(app: &TestApp, company: &TestCompany, group: &Group, who: &TestPerson) {
    groups::put_in(&app.app, &company.admin.actor, group.id, who.id())
        .await
        .unwrap();
}

async fn is_connected(app: &TestApp, who: &TestPerson) -> bool {
    let status = zoom::status(&app.app, &who.actor).await.unwrap();
    status.connections.iter().any(Connection::is_active)
}

async fn why(app: &TestApp, company: &TestCompany, who: &TestPerson) -> Permission {
    let of = groups::of_person(&app.app, &company.admin.actor, who.id()).await;
    of.unwrap().1
}

#[tokio::test]
async fn a_connection_lasts_as_long_as_anything_lets_its_person() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let sales = group(app, &company, "Sales").await;
        put_in(app, &company, &sales, &mara).await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        choose(app, &company, &mara, false).await;
        assert!(is_connected(app, &mara).await, "the group lets her");
        let through = Permission::Group("Sales".to_owned());
        assert_eq!(why(app, &company, &mara).await, through);
        let admin = &company.admin.actor;
        groups::take_out(&app.app, admin, sales.id, mara.id())
            .await
            .unwrap();
        assert!(!is_connected(app, &mara).await);
        assert_eq!(why(app, &company, &mara).await, Permission::NotChosen);
        app.run_jobs().await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "handed back");
    })
    .await;
}

#[tokio::test]
async fn a_group_that_may_not_any_more_or_is_deleted_ends_the_connections_that_rest_on_it() {
    for deleted in [false, true] {
        on_each(async |app| {
            let (company, mara, _) = office(app).await;
            let sales = group(app, &company, "Sales").await;
            let lab = group(app, &company, "Lab").await;
            choose(app, &company, &mara, false).await;
            put_in(app, &company, &sales, &mara).await;
            put_in(app, &company, &lab, &mara).await;
            app.connect_zoom(&mara, ZOOM_MARA).await;
            let admin = &company.admin.actor;
            for (group, lasts) in [(&sales, true), (&lab, false)] {
                if deleted {
                    groups::delete(&app.app, admin, group.id).await.unwrap();
                } else {
                    let named = (group.name.as_str(), false);
                    groups::change(&app.app, admin, group.id, named)
                        .await
                        .unwrap();
                }
                assert_eq!(is_connected(app, &mara).await, lasts, "{}", group.name);
            }
            app.run_jobs().await;
        })
        .await;
    }
}

#[tokio::test]
async fn the_last_two_reasons_taken_away_at_once_end_the_connection() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let sales = group(app, &company, "Sales").await;
        put_in(app, &company, &sales, &mara).await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let admin = &company.admin.actor;
        let (left, ()) = futures_util::future::join(
            groups::take_out(&app.app, admin, sales.id, mara.id()),
            choose(app, &company, &mara, false),
        )
        .await;
        left.unwrap();
        assert!(!is_connected(app, &mara).await);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_done_to_a_group_goes_on_record_by_ids_alone() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let sales = group(app, &company, "Sales").await;
        put_in(app, &company, &sales, &mara).await;
        put_in(app, &company, &sales, &mara).await;
        let admin = &company.admin.actor;
        groups::change(&app.app, admin, sales.id, ("Selling", false))
            .await
            .unwrap();
        groups::take_out(&app.app, admin, sales.id, mara.id())
            .await
            .unwrap();
        groups::delete(&app.app, admin, sales.id).await.unwrap();
        let entries = on_record(app, &company).await;
        let of_group: Vec<_> = entries
            .iter()
            .rev()
            .filter(|entry| entry.subject_kind == "group")
            .collect();
        let done: Vec<&str> = of_group.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            done,
            [
                "group.added",
                "group.joined",
                "group.changed",
                "group.left",
                "group.deleted"
            ]
        );
        for entry in of_group {
            assert_eq!(entry.topic, "permission");
            assert_eq!(entry.subject_id(), sales.id.to_string());
            assert!(!entry.details.contains("Sell"), "{}", entry.details);
        }
        assert!(holds(app).await);
    })
    .await;
}

#[tokio::test]
async fn groups_are_for_admins_and_their_own_company() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let other = app.company("other").await;
        let sales = group(app, &company, "Sales").await;
        let own = groups::of_person(&app.app, &mara.actor, mara.id()).await;
        assert_eq!(own.unwrap(), (Vec::new(), Permission::Chosen));
        let forbidden = [
            groups::list(&app.app, &mara.actor).await.map(drop),
            groups::get(&app.app, &mara.actor, sales.id).await.map(drop),
            groups::add(&app.app, &mara.actor, "Mine", true)
                .await
                .map(drop),
            groups::change(&app.app, &mara.actor, sales.id, ("Mine", true)).await,
            groups::put_in(&app.app, &mara.actor, sales.id, mara.id())
                .await
                .map(drop),
            groups::take_out(&app.app, &mara.actor, sales.id, mara.id())
                .await
                .map(drop),
            groups::delete(&app.app, &mara.actor, sales.id)
                .await
                .map(drop),
            groups::of_person(&app.app, &mara.actor, company.admin.id())
                .await
                .map(drop),
        ];
        for answer in forbidden {
            assert!(matches!(answer, Err(Failure::Forbidden(_))), "{answer:?}");
        }
        let there = &other.admin.actor;
        let missing = [
            groups::get(&app.app, there, sales.id).await.map(drop),
            groups::change(&app.app, there, sales.id, ("Mine", true)).await,
            groups::put_in(&app.app, there, sales.id, mara.id())
                .await
                .map(drop),
            groups::delete(&app.app, there, sales.id).await.map(drop),
            groups::of_person(&app.app, there, mara.id())
                .await
                .map(drop),
        ];
        for answer in missing {
            assert!(matches!(answer, Err(Failure::NotFound(_))), "{answer:?}");
        }
        let stranger = groups::put_in(&app.app, &company.admin.actor, sales.id, other.admin.id());
        assert!(matches!(stranger.await, Err(Failure::NotFound(_))));
    })
    .await;
}

/// The texts of somebody's notices.
async fn notices(app: &TestApp, who: &TestPerson) -> Vec<String> {
    let all = rooms_app::history::notices(&app.app, &who.actor).await;
    all.unwrap()
        .into_iter()
        .map(|notice| notice.detail)
        .collect()
}

#[tokio::test]
async fn asking_twice_at_once_tells_each_admin_once() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        choose(app, &company, &mara, false).await;
        let (one, other) = futures_util::future::join(
            permission::ask(&app.app, &mara.actor, "For the fair"),
            permission::ask(&app.app, &mara.actor, ""),
        )
        .await;
        let asked = [one.unwrap(), other.unwrap()];
        assert_eq!(asked.iter().filter(|asked| **asked).count(), 1);
        let told = notices(app, &company.admin).await;
        assert_eq!(told, ["mara asks to connect Zoom."]);
        let own = permission::own(&app.app, &mara.actor).await.unwrap();
        assert_eq!(own.unwrap().told, ["Ada Admin"]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_can_be_allowed_once_and_goes_on_record() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let admin = &company.admin.actor;
        let chosen = permission::ask(&app.app, &mara.actor, "").await;
        assert!(matches!(chosen, Err(Failure::Conflict(_))), "she may");
        choose(app, &company, &mara, false).await;
        assert!(permission::ask(&app.app, &mara.actor, "").await.unwrap());
        permission::allow(&app.app, admin, mara.id()).await.unwrap();
        assert_eq!(why(app, &company, &mara).await, Permission::Chosen);
        let twice = permission::allow(&app.app, admin, mara.id()).await;
        assert!(matches!(twice, Err(Failure::NotFound(_))));
        let late = permission::decline(&app.app, admin, mara.id(), "").await;
        assert!(matches!(late, Err(Failure::NotFound(_))));
        assert!(notices(app, &company.admin).await.is_empty(), "put away");
        assert_eq!(notices(app, &mara).await, ["You may connect Zoom now."]);
        let done = actions(app, &company).await;
        for action in ["permission.asked", "permission.allowed", "person.changed"] {
            assert!(done.iter().any(|done| done == action), "{done:?}");
        }
        assert!(holds(app).await);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn after_a_refusal_it_can_be_asked_again_seven_days_later() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        choose(app, &company, &mara, false).await;
        let ask = async || permission::ask(&app.app, &mara.actor, "").await.unwrap();
        assert!(ask().await);
        let admin = &company.admin.actor;
        permission::decline(&app.app, admin, mara.id(), "Next year.")
            .await
            .unwrap();
        assert_eq!(
            notices(app, &mara).await,
            ["Your request to connect Zoom was declined: Next year."]
        );
        app.pass(permission::AGAIN_AFTER - SignedDuration::from_secs(1));
        assert!(!ask().await, "too soon");
        app.pass(SignedDuration::from_secs(1));
        assert!(ask().await);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn choosing_somebody_on_their_page_answers_what_they_asked() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        choose(app, &company, &mara, false).await;
        permission::ask(&app.app, &mara.actor, "").await.unwrap();
        choose(app, &company, &mara, true).await;
        let open = permission::open(&app.app, &company.admin.actor, mara.id()).await;
        assert!(open.unwrap().is_none());
        assert_eq!(notices(app, &mara).await, ["You may connect Zoom now."]);
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn only_admins_of_the_same_company_answer_and_not_against_its_rule() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let other = app.company("other").await;
        choose(app, &company, &mara, false).await;
        permission::ask(&app.app, &mara.actor, "").await.unwrap();
        let (admin, there) = (&company.admin.actor, &other.admin.actor);
        for answer in [
            permission::allow(&app.app, &mara.actor, mara.id()).await,
            permission::decline(&app.app, &mara.actor, mara.id(), "").await,
        ] {
            assert!(matches!(answer, Err(Failure::Forbidden(_))), "{answer:?}");
        }
        for answer in [
            permission::allow(&app.app, there, mara.id()).await,
            permission::decline(&app.app, there, mara.id(), "").await,
        ] {
            assert!(matches!(answer, Err(Failure::NotFound(_))), "{answer:?}");
        }
        let only = rooms_core::ConnectPolicy::Admins;
        rooms_app::companies::change(&app.app, admin, "Halden", only)
            .await
            .unwrap();
        let refused = permission::allow(&app.app, admin, mara.id()).await;
        assert!(matches!(refused, Err(Failure::Conflict(_))));
        assert!(!mara_may(app, &company, &mara).await);
        app.run_jobs().await;
    })
    .await;
}

async fn mara_may(app: &TestApp, company: &TestCompany, mara: &TestPerson) -> bool {
    why(app, company, mara).await.is_given()
}
