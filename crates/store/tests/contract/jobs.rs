//! Jobs: one row per kind and subject, one worker at a time, nothing lost.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rooms_store::Change;
use rooms_store::jobs::{self, AtOnce, Job};
use rooms_testkit::database::on_each_database;
use uuid::Uuid;

use crate::world::World;

const LEASE: SignedDuration = SignedDuration::from_mins(1);

/// So many pieces, whosever they are.
fn any(pieces: i64) -> AtOnce {
    AtOnce {
        pieces,
        of_a_lane: 100,
        of_an_account: 100,
    }
}

async fn enqueue(world: &World, subject: Uuid, payload: &str, run_at: Timestamp) {
    let (now, company, payload) = (world.now, world.company, payload.to_owned());
    write!(world.store, |tx, payload| {
        jobs::enqueue(
            tx,
            "meeting",
            subject,
            Some(company),
            payload,
            (run_at, now),
        )
        .await
    })
    .unwrap();
}

async fn claim(world: &World, now: Timestamp) -> Vec<Job> {
    write!(world.store, |tx| jobs::claim(tx, now, LEASE, any(10)).await).unwrap()
}

async fn claim_one(world: &World, now: Timestamp) -> Job {
    let [job] = claim(world, now).await.try_into().unwrap();
    job
}

async fn finish(world: &World, job: &Job) {
    write!(world.store, |tx, job| jobs::finish(tx, job).await).unwrap();
}

async fn retry(world: &World, job: &Job, at: Timestamp) {
    write!(world.store, |tx, job| jobs::retry(
        tx,
        job,
        at,
        "Zoom is down"
    )
    .await)
    .unwrap();
}

async fn bury(world: &World, job: &Job) {
    write!(world.store, |tx, job| jobs::bury(tx, job, "refused").await).unwrap();
}

async fn next_due(world: &World) -> Option<Timestamp> {
    jobs::next_due(&mut world.store.read().await.unwrap(), world.now)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_run_has_learned_is_kept_for_its_next_tries_unless_another_has_the_work() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "old", world.now).await;
        let first = claim_one(&world, world.now).await;
        let keep = async |job: &Job, payload: &'static str| {
            write!(world.store, |tx, job| jobs::keep(tx, job, payload).await).unwrap()
        };
        assert!(keep(&first, "new").await);
        retry(&world, &first, world.at(1)).await;
        let second = claim_one(&world, world.at(1)).await;
        assert_eq!((second.payload.as_str(), second.attempts), ("new", 2));

        assert!(!keep(&first, "late").await, "its lease was given back");
        enqueue(&world, subject, "again", world.at(1)).await;
        assert!(!keep(&second, "late").await, "it was queued again");
        finish(&world, &second).await;
        assert_eq!(claim_one(&world, world.at(1)).await.payload, "again");
    })
    .await;
}

#[tokio::test]
async fn work_waits_for_its_time_and_goes_when_it_is_done() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (subject, mut changes) = (world.id(), world.store.changes());
        assert_eq!(next_due(&world).await, None);
        enqueue(&world, subject, r#"{"a":1}"#, world.at(5)).await;
        assert_eq!(changes.recv().await.unwrap(), Change::Jobs);
        assert_eq!(next_due(&world).await, Some(world.at(5)));
        assert!(claim(&world, world.at(4)).await.is_empty(), "not yet");
        let job = claim_one(&world, world.at(5)).await;
        assert_eq!((job.kind.as_str(), job.subject), ("meeting", subject));
        assert_eq!(
            (job.company, job.payload.as_str()),
            (Some(world.company), r#"{"a":1}"#)
        );
        assert_eq!((job.generation, job.attempts), (1, 1));
        finish(&world, &job).await;
        assert!(claim(&world, world.at(60)).await.is_empty());
        assert_eq!(next_due(&world).await, None);
    })
    .await;
}

#[tokio::test]
async fn queueing_again_hurries_what_waits() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.at(5)).await;
        enqueue(&world, subject, "2", world.at(1)).await;
        enqueue(&world, subject, "3", world.at(9)).await;
        assert_eq!(
            next_due(&world).await,
            Some(world.at(1)),
            "the earliest time stays"
        );
        let job = claim_one(&world, world.at(9)).await;
        assert_eq!(
            (job.payload.as_str(), job.generation),
            ("3", 3),
            "the newest word counts"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_queued_while_it_runs_runs_again_and_not_beside() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        enqueue(&world, subject, "2", world.now).await;
        assert!(
            claim(&world, world.now).await.is_empty(),
            "it is being done"
        );
        finish(&world, &job).await;
        let again = claim_one(&world, world.now).await;
        assert_eq!(
            (again.id, again.payload.as_str(), again.attempts),
            (job.id, "2", 1)
        );
        finish(&world, &again).await;
        assert!(claim(&world, world.at(60)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn giving_up_an_older_word_leaves_the_newer_one_due() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        enqueue(&world, subject, "2", world.now).await;
        bury(&world, &job).await;
        assert_eq!(claim_one(&world, world.now).await.payload, "2");
    })
    .await;
}

#[tokio::test]
async fn putting_back_an_older_word_does_not_delay_the_newer_one() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        enqueue(&world, subject, "2", world.now).await;
        retry(&world, &job, world.at(30)).await;
        assert_eq!(claim_one(&world, world.now).await.payload, "2");
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_runs_out_makes_the_work_due_again() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        enqueue(&world, world.id(), "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        assert_eq!(job.lease_until, world.at(1));
        assert_eq!(next_due(&world).await, Some(world.at(1)));
        assert!(claim(&world, world.now).await.is_empty());
        let again = claim_one(&world, world.at(1)).await;
        assert_eq!((again.id, again.attempts), (job.id, 2));
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_cannot_let_go_of_anothers() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.now).await;
        let slow = claim_one(&world, world.now).await;
        let holder = claim_one(&world, world.at(1)).await;
        retry(&world, &slow, world.now).await;
        bury(&world, &slow).await;
        assert!(
            claim(&world, world.at(1)).await.is_empty(),
            "somebody holds it"
        );
        enqueue(&world, subject, "2", world.now).await;
        finish(&world, &slow).await;
        assert!(
            claim(&world, world.at(1)).await.is_empty(),
            "somebody still holds it"
        );
        finish(&world, &holder).await;
        assert_eq!(claim_one(&world, world.at(1)).await.payload, "2");
    })
    .await;
}

#[tokio::test]
async fn work_put_back_comes_due_later_with_its_attempts_counted() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        enqueue(&world, world.id(), "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        retry(&world, &job, world.at(3)).await;
        assert_eq!(next_due(&world).await, Some(world.at(3)));
        assert!(claim(&world, world.at(2)).await.is_empty());
        assert_eq!(claim_one(&world, world.at(3)).await.attempts, 2);
        let why = database.texts("SELECT last_error FROM job").await;
        assert_eq!(why, ["Zoom is down"]);
    })
    .await;
}

#[tokio::test]
async fn work_given_up_is_seen_and_revived_by_a_person() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (subject, company, now) = (world.id(), world.company, world.at(60));
        enqueue(&world, subject, "1", world.now).await;
        let job = claim_one(&world, world.now).await;
        bury(&world, &job).await;
        assert!(claim(&world, now).await.is_empty());
        assert_eq!(next_due(&world).await, None);
        let dead = jobs::dead(&mut world.store.read().await.unwrap(), company)
            .await
            .unwrap();
        let [dead] = dead.try_into().unwrap();
        assert_eq!((dead.id, dead.subject, dead.attempts), (job.id, subject, 1));
        assert_eq!(dead.last_error.as_deref(), Some("refused"));
        assert_eq!(dead.created_at, world.now);
        let revive = async || {
            write!(world.store, |tx| jobs::revive(tx, company, dead.id, now)
                .await)
            .unwrap()
        };
        assert!(revive().await);
        assert!(!revive().await, "it lives");
        assert_eq!(claim_one(&world, now).await.attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn queueing_revives_what_was_given_up() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subject = world.id();
        enqueue(&world, subject, "1", world.now).await;
        bury(&world, &claim_one(&world, world.now).await).await;
        enqueue(&world, subject, "2", world.at(9)).await;
        assert!(claim(&world, world.at(8)).await.is_empty());
        assert_eq!(claim_one(&world, world.at(9)).await.payload, "2");
    })
    .await;
}

#[tokio::test]
async fn the_longest_due_goes_first_and_the_limit_holds() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subjects: Vec<_> = (0..5).map(|_| world.id()).collect();
        for (n, subject) in (0..).zip(&subjects) {
            enqueue(&world, *subject, "1", world.at(-n)).await;
        }
        let now = world.now;
        let taken = write!(world.store, |tx| jobs::claim(tx, now, LEASE, any(2)).await).unwrap();
        let taken: BTreeSet<_> = taken.into_iter().map(|job| job.subject).collect();
        assert_eq!(taken, subjects[3..].iter().copied().collect());
        assert_eq!(claim(&world, now).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_hold_one_job() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        for _ in 0..40 {
            enqueue(&world, world.id(), "1", world.now).await;
        }
        let now = world.now;
        let claims = (0..12).map(|_| async {
            write!(world.store, |tx| jobs::claim(tx, now, LEASE, any(5)).await).unwrap()
        });
        let mut held: Vec<_> = join_all(claims)
            .await
            .into_iter()
            .flatten()
            .map(|j| j.id)
            .collect();
        held.extend(claim(&world, now).await.into_iter().map(|j| j.id));
        held.extend(claim(&world, now).await.into_iter().map(|j| j.id));
        let distinct: BTreeSet<_> = held.iter().copied().collect();
        assert_eq!((held.len(), distinct.len()), (40, 40));
    })
    .await;
}
