//! Comparisons with Zoom: one at a time and a night, findings that stay while they are true.

use rooms_core::reconciliation::{FindingKind, FindingState};
use rooms_core::{CompanyId, ConnectionId, FindingId, MeetingRecordId, ReconciliationId, Zone};
use rooms_store::reconciliations::findings::{self, Finding, Note};
use rooms_store::reconciliations::{self, Looked};
use rooms_store::{Error, jobs};
use rooms_testkit::database::{TestDatabase, on_each_database};

use crate::world::World;

struct Stage {
    world: World,
    host: ConnectionId,
}

impl Stage {
    async fn new(database: &TestDatabase) -> Self {
        let world = World::new(database).await;
        let host = world.connected(&world.ada).await.id;
        Self { world, host }
    }

    async fn begin(&self, night: Option<&'static str>) -> (ReconciliationId, bool) {
        let id = ReconciliationId::from_uuid(self.world.id());
        let (company, now) = (self.world.company, self.world.now);
        let begun = write!(self.world.store, |tx| reconciliations::begin(
            tx,
            id,
            company,
            (None, night),
            now
        )
        .await);
        (id, begun.unwrap())
    }

    async fn note(&self, run: ReconciliationId, zoom_id: i64) -> Result<(), Error> {
        let whose = (self.world.company, run, self.host);
        let (now, note) = (self.world.now, orphan(zoom_id));
        write!(self.world.store, |tx, note| findings::note(
            tx, whose, note, now
        )
        .await)
    }

    async fn end(&self, run: ReconciliationId) -> bool {
        let whose = (self.world.company, run, self.host);
        let now = self.world.at(1);
        write!(self.world.store, |tx| {
            findings::not_seen(tx, whose, now).await?;
            reconciliations::host_done(tx, whose, &Looked::Compared(3), now).await
        })
        .unwrap()
    }

    async fn of(&self, company: CompanyId, state: FindingState) -> Vec<Finding> {
        let mut tx = self.world.store.read().await.unwrap();
        findings::of_state(&mut tx, company, state, 100)
            .await
            .unwrap()
    }
}

fn orphan(zoom_id: i64) -> Note {
    Note {
        kind: FindingKind::Orphaned,
        zoom_id,
        record: None,
        title: "Budget".to_owned(),
        differs: format!("seen as {zoom_id}"),
    }
}

#[tokio::test]
async fn a_company_has_one_run_at_a_time_and_one_a_night() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let (run, begun) = stage.begin(Some("2026-11-23")).await;
        assert!(begun);
        assert!(!stage.begin(None).await.1, "one is under way");
        let mut tx = stage.world.store.read().await.unwrap();
        let company = stage.world.company;
        let waiting = reconciliations::waiting(&mut tx, company, run)
            .await
            .unwrap();
        assert_eq!(waiting, [stage.host]);
        drop(tx);
        assert!(stage.end(run).await, "its only host was the last");
        assert!(!stage.end(run).await, "it has ended already");
        assert!(
            !stage.begin(Some("2026-11-23")).await.1,
            "this night had its own"
        );
        let (second, begun) = stage.begin(None).await;
        assert!(begun);
        let mut tx = stage.world.store.read().await.unwrap();
        let under_way = reconciliations::unfinished(&mut tx, company).await.unwrap();
        assert_eq!(
            under_way.map(|run| (run.id, run.hosts, run.hosts_done)),
            Some((second, 1, 0))
        );
        let first = reconciliations::get(&mut tx, company, run)
            .await
            .unwrap()
            .unwrap();
        assert!(first.nightly && first.finished_at.is_some());
        assert_eq!((first.hosts, first.hosts_done, first.meetings), (1, 1, 3));
    })
    .await;
}

#[tokio::test]
async fn a_finding_is_recorded_once_and_closed_when_it_is_not_seen_again() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let company = stage.world.company;
        let (run, _) = stage.begin(None).await;
        stage.note(run, 8).await.unwrap();
        stage.note(run, 8).await.unwrap();
        stage.note(run, 9).await.unwrap();
        stage.end(run).await;
        let mut open = stage.of(company, FindingState::Open).await;
        // Those of one millisecond have their ids in no order.
        open.sort_by_key(|found| found.zoom_id);
        assert_eq!(open.iter().map(|f| f.zoom_id).collect::<Vec<_>>(), [8, 9]);
        let (id, now) = (open[0].id, stage.world.at(1));
        let left = (FindingState::Open, FindingState::Left);
        let by = (None, Some(stage.world.ada.id));
        let moved = write!(stage.world.store, |tx| findings::move_on(
            tx,
            (company, id),
            left,
            by,
            now
        )
        .await);
        assert!(moved.unwrap());

        let (second, _) = stage.begin(None).await;
        stage.note(second, 8).await.unwrap();
        stage.end(second).await;
        assert_eq!(stage.of(company, FindingState::Open).await, []);
        let left = stage.of(company, FindingState::Left).await;
        assert_eq!((left[0].id, left[0].run), (id, second));
        assert_eq!(left[0].changed_by.as_deref(), Some("Ada"));
        let mut tx = stage.world.store.read().await.unwrap();
        let counts = findings::counts(&mut tx, company, run).await.unwrap();
        assert!(
            counts.contains(&(FindingKind::Orphaned, FindingState::Gone, 1)),
            "{counts:?}"
        );
        drop(tx);

        let (third, _) = stage.begin(None).await;
        stage.end(third).await;
        assert_eq!(stage.of(company, FindingState::Left).await, []);
        let forgotten = stage.world.at(2);
        write!(stage.world.store, |tx| reconciliations::forget(
            tx, company, forgotten
        )
        .await)
        .unwrap();
        let mut tx = stage.world.store.read().await.unwrap();
        assert!(findings::get(&mut tx, company, id).await.unwrap().is_none());
        assert!(
            reconciliations::newest(&mut tx, company)
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn open_findings_are_taken_to_be_fixed_so_many_at_a_time() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let company = stage.world.company;
        let (run, _) = stage.begin(None).await;
        for zoom_id in 1..=5 {
            stage.note(run, zoom_id).await.unwrap();
        }
        stage.end(run).await;
        let (by, now) = (Some(stage.world.ada.id), stage.world.now);
        let mut taken = Vec::new();
        for expected in [3, 2, 0] {
            let some = write!(stage.world.store, |tx| findings::take(
                tx, company, by, 3, now
            )
            .await);
            let some = some.unwrap();
            assert_eq!(some.len(), expected);
            taken.extend(some);
        }
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), 5);
        assert_eq!(stage.of(company, FindingState::Fixing).await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn another_companys_runs_and_findings_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let (company, rival, now) = (stage.world.company, stage.world.rival, stage.world.now);
        let (run, _) = stage.begin(None).await;
        stage.note(run, 8).await.unwrap();
        let id: FindingId = stage.of(company, FindingState::Open).await[0].id;
        let host = stage.host;
        write!(stage.world.store, |tx| {
            let whose = (rival, run, host);
            assert!(!reconciliations::host_done(tx, whose, &Looked::Compared(0), now).await?);
            let gone = (FindingState::Open, FindingState::Gone);
            assert!(!findings::move_on(tx, (rival, id), gone, (None, None), now).await?);
            assert_eq!(findings::take(tx, rival, None, 9, now).await?, []);
            findings::not_seen(tx, whose, now).await?;
            reconciliations::forget(tx, rival, now).await
        })
        .unwrap();
        let mut tx = stage.world.store.read().await.unwrap();
        assert!(findings::get(&mut tx, rival, id).await.unwrap().is_none());
        assert!(
            reconciliations::get(&mut tx, rival, run)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            reconciliations::newest(&mut tx, rival)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(stage.of(rival, FindingState::Open).await, []);
        assert_eq!(stage.of(company, FindingState::Open).await.len(), 1);
        let under_way = reconciliations::unfinished(&mut tx, company).await.unwrap();
        assert_eq!(under_way.map(|run| run.hosts_done), Some(0));
    })
    .await;
}

#[tokio::test]
async fn records_are_found_by_mark_across_companies_and_told_apart() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let world = &stage.world;
        let booking = world.booked(0, 60).await;
        let id = MeetingRecordId::from_uuid(world.id());
        let (of, through) = ((world.company, booking.id), (world.ada.id, stage.host));
        let now = world.now;
        write!(world.store, |tx| rooms_store::meetings::insert(
            tx, id, of, through, now
        )
        .await)
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let unknown = MeetingRecordId::from_uuid(world.id());
        let ids: Vec<_> = std::iter::repeat_n(unknown, 30).chain([id]).collect();
        for (company, own) in [(world.company, true), (world.rival, false)] {
            let found = reconciliations::records(&mut tx, company, &ids, world.at(1))
                .await
                .unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].recorded.id, found[0].recorded.own), (id, own));
        }
        let since = (world.at(-1), world.at(1));
        let host = stage.host;
        let ours = reconciliations::records_of_host(&mut tx, world.company, host, since);
        assert_eq!(ours.await.unwrap().len(), 1);
        let theirs = reconciliations::records_of_host(&mut tx, world.rival, host, since);
        assert!(theirs.await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_company_with_a_host_has_a_night_ahead_once() {
    on_each_database(async |database| {
        let stage = Stage::new(database).await;
        let (company, now) = (stage.world.company, stage.world.now);
        let mut tx = stage.world.store.read().await.unwrap();
        let without = reconciliations::without_night(&mut tx, "night")
            .await
            .unwrap();
        assert_eq!(without, [(company, Zone::stored("Europe/Zurich"))]);
        drop(tx);
        write!(stage.world.store, |tx| jobs::enqueue(
            tx,
            "night",
            company.uuid(),
            Some(company),
            "",
            (now, now)
        )
        .await)
        .unwrap();
        let mut tx = stage.world.store.read().await.unwrap();
        assert_eq!(
            reconciliations::without_night(&mut tx, "night")
                .await
                .unwrap(),
            []
        );
    })
    .await;
}
