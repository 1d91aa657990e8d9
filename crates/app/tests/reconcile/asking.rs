//! Who asks for a comparison, when, and what stays as it is.

use super::*;

#[tokio::test]
async fn what_was_left_stays_left_until_it_is_no_longer_true() {
    on_each(async |app| {
        let stage = stage(app).await;
        let host = stage.connection(app, &stage.mara).await;
        let nobody = MeetingRecordId::from_uuid(app.app.new_id());
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        let orphan = planted(app, &host, &orphan).await;
        let found = stage.compare(app).await;
        let admin = &stage.company.admin.actor;
        reconcile::leave(&app.app, admin, found.open[0].id)
            .await
            .unwrap();
        let again = stage.compare(app).await;
        assert_eq!((again.open.len(), again.left.len()), (0, 1));
        assert_eq!(again.left[0].id, found.open[0].id);
        assert!(app.sim.delete_meeting(orphan));
        let gone = stage.compare(app).await;
        assert_eq!((gone.open.len(), gone.left.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn fixing_all_is_refused_when_somebody_looked_again() {
    on_each(async |app| {
        let stage = stage(app).await;
        let first = stage.compare(app).await;
        stage.compare(app).await;
        let admin = &stage.company.admin.actor;
        let run = first.run.unwrap().id;
        let refused = reconcile::fix_all(&app.app, admin, run).await;
        assert!(matches!(refused, Err(Failure::Stale)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn only_admins_compare_and_only_their_own_company() {
    on_each(async |app| {
        let stage = stage(app).await;
        let host = stage.connection(app, &stage.mara).await;
        let nobody = MeetingRecordId::from_uuid(app.app.new_id());
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        planted(app, &host, &orphan).await;
        let found = stage.compare(app).await;
        let (run, id) = (found.run.unwrap().id, found.open[0].id);
        let officer = &stage.mara.actor;
        assert_eq!(officer.role, Role::Officer);
        let stranger = app.company("lumen").await.admin.actor;
        for refused in [
            reconcile::start(&app.app, officer).await.map(drop),
            reconcile::overview(&app.app, officer).await.map(drop),
            reconcile::fix(&app.app, officer, id).await,
            reconcile::leave(&app.app, officer, id).await,
            reconcile::fix_all(&app.app, officer, run).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Failure::Forbidden(_))), "{refused:?}");
        }
        for unknown in [
            reconcile::fix(&app.app, &stranger, id).await,
            reconcile::leave(&app.app, &stranger, id).await,
        ] {
            assert!(matches!(unknown, Err(Failure::NotFound(_))), "{unknown:?}");
        }
        let theirs = reconcile::overview(&app.app, &stranger).await.unwrap();
        assert!(theirs.run.is_none() && theirs.open.is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_night_has_one_run_at_a_quiet_hour() {
    on_each(async |app| {
        let stage = stage(app).await;
        reconcile::schedule(&app.app).await.unwrap();
        // Two processes may plan at the same time; there is one night all the same.
        reconcile::schedule(&app.app).await.unwrap();
        let mut nights = Vec::new();
        for _ in 0..(24 * 4 * 3) {
            app.run_jobs().await;
            let run = stage.overview(app).await.run;
            if let Some(run) = run.filter(|run| run.nightly)
                && !nights.contains(&run.started_at)
            {
                nights.push(run.started_at);
            }
            app.pass(SignedDuration::from_mins(15));
        }
        assert_eq!(nights.len(), 3, "{nights:?}");
        let zone = rooms_core::Zone::stored("Europe/Berlin");
        for night in nights {
            let hour = zone.civil(night).hour();
            assert!((2..=4).contains(&hour), "{hour}");
        }
    })
    .await;
}
