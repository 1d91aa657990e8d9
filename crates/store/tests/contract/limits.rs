//! Whose turn it is, how much Zoom still takes, and which connections are due to be asked.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use rooms_core::MeetingRecordId;
use rooms_core::connection::{Connection, EndedBy};
use rooms_store::connections::Pair;
use rooms_store::jobs::{self, AtOnce, Job};
use rooms_store::limits::{self, Usage};
use rooms_store::probes::{self, Due};
use rooms_store::{Change, connections, meetings};
use rooms_testkit::database::on_each_database;
use uuid::Uuid;

use crate::world::World;

const LEASE: SignedDuration = SignedDuration::from_mins(1);
const AT_ONCE: AtOnce = AtOnce {
    pieces: 4,
    of_a_lane: 3,
    of_an_account: 9,
};

/// The meetings of so many bookings of a host, each queued; the first has been due longest.
async fn queued(world: &World, host: &Connection, bookings: std::ops::Range<i64>) -> Vec<Uuid> {
    let mut made = Vec::new();
    for n in bookings {
        let booking = world.booked(n * 30, n * 30 + 30).await;
        let meeting = MeetingRecordId::from_uuid(world.id());
        let (of, through) = ((world.company, booking.id), (host.person, host.id));
        let (run_at, now) = (world.at(n - 1000), world.now);
        write!(world.store, |tx| {
            meetings::insert(tx, meeting, of, through, now).await?;
            let of = (of.0, meeting);
            jobs::enqueue_meeting(tx, "meeting", of, (run_at, now)).await
        })
        .unwrap();
        made.push(meeting.uuid());
    }
    made
}

async fn claim(world: &World, at_once: AtOnce) -> Vec<Job> {
    let now = world.now;
    write!(world.store, |tx| jobs::claim(tx, now, LEASE, at_once).await).unwrap()
}

fn subjects(jobs: &[Job]) -> BTreeSet<Uuid> {
    jobs.iter().map(|job| job.subject).collect()
}

#[tokio::test]
async fn hosts_take_turns_however_long_the_queue_of_one_is() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let ben = world.connected(&world.ben).await;
        let adas = queued(&world, &ada, 0..6).await;
        let bens = queued(&world, &ben, 6..8).await;
        let first = claim(&world, AT_ONCE).await;
        assert_eq!(
            subjects(&first),
            BTreeSet::from([adas[0], adas[1], bens[0], bens[1]]),
            "two of each, though all of Ada's have been due longer"
        );
        let second = claim(&world, AT_ONCE).await;
        assert_eq!(
            subjects(&second),
            BTreeSet::from([adas[2]]),
            "three of a lane at once"
        );
        assert!(claim(&world, AT_ONCE).await.is_empty());
        let ended = first.iter().find(|job| job.subject == adas[0]).unwrap();
        write!(world.store, |tx, ended| jobs::finish(tx, ended).await).unwrap();
        assert_eq!(
            subjects(&claim(&world, AT_ONCE).await),
            BTreeSet::from([adas[3]])
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_gets_its_share_and_other_work_the_rest() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let ben = world.connected(&world.ben).await;
        queued(&world, &ada, 0..3).await;
        queued(&world, &ben, 3..6).await;
        let (now, letter) = (world.now, world.id());
        write!(world.store, |tx| {
            jobs::enqueue(tx, "mail", letter, None, "", (now, now)).await
        })
        .unwrap();
        let at_once = AtOnce {
            pieces: 9,
            of_a_lane: 3,
            of_an_account: 2,
        };
        let claimed = claim(&world, at_once).await;
        let mut kinds: Vec<_> = claimed.iter().map(|job| job.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["mail", "meeting", "meeting"]);
        assert!(claim(&world, at_once).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_account_that_rests_is_left_alone_until_then() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let adas = queued(&world, &ada, 0..1).await;
        let (now, soon, late) = (world.now, world.at(1), world.at(5));
        write!(world.store, |tx| {
            limits::hold(tx, "account", late, true).await?;
            limits::hold(tx, "account", soon, false).await?;
            assert_eq!(
                limits::held(tx, "account", now).await?,
                Some((late, true)),
                "a longer rest stays"
            );
            assert_eq!(limits::held(tx, "other", now).await?, None);
            assert_eq!(jobs::next_due(tx, now).await?, Some(late));
            Ok(())
        })
        .unwrap();
        assert!(claim(&world, AT_ONCE).await.is_empty());
        let rested = write!(world.store, |tx| jobs::claim(tx, late, LEASE, AT_ONCE)
            .await)
        .unwrap();
        assert_eq!(subjects(&rested), adas.into_iter().collect());
        write!(world.store, |tx| {
            limits::purge(tx, now, late).await?;
            assert_eq!(limits::held(tx, "account", now).await?, None);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn changes_are_counted_per_user_and_utc_day() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let (user, now) = (ada.zoom_user_id, world.now);
        let tomorrow = world.at(24 * 60);
        let (company, rival) = (world.company, world.rival);
        write!(world.store, |tx, user| {
            for _ in 0..3 {
                limits::count(tx, user, now).await?;
            }
            limits::count(tx, "somebody", now).await?;
            let usage = |changes, blocked_until| Usage {
                changes,
                blocked_until,
            };
            assert_eq!(limits::usage(tx, user, now).await?, usage(3, None));
            assert_eq!(limits::usage(tx, user, tomorrow).await?, usage(0, None));
            assert_eq!(limits::usage(tx, "nobody", now).await?, usage(0, None));
            limits::block(tx, user, tomorrow, now).await?;
            let blocked = usage(3, Some(tomorrow));
            assert_eq!(limits::usage(tx, user, now).await?, blocked);
            assert_eq!(limits::usage(tx, user, tomorrow).await?, usage(0, None));
            let of = limits::of_company(tx, company, now).await?;
            assert_eq!(of, [(user.clone(), blocked)]);
            assert!(limits::of_company(tx, rival, now).await?.is_empty());
            limits::purge(tx, tomorrow, now).await?;
            assert_eq!(
                limits::usage(tx, user, now).await?,
                blocked,
                "it still holds"
            );
            limits::purge(tx, tomorrow, tomorrow).await?;
            assert_eq!(limits::usage(tx, user, now).await?, usage(0, None));
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_refused_app_is_remembered_once_and_forgotten_when_it_is_accepted() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (now, later) = (world.now, world.at(9));
        write!(world.store, |tx| {
            assert_eq!(limits::current_trouble(tx, "client").await?, None);
            limits::trouble(tx, "client", "wrong secret", now).await?;
            limits::trouble(tx, "client", "switched off", later).await?;
            let trouble = limits::current_trouble(tx, "client").await?.unwrap();
            assert_eq!(trouble.why, "switched off");
            assert_eq!((trouble.began_at, trouble.seen_at), (now, later));
            assert_eq!(limits::current_trouble(tx, "other").await?, None);
            assert!(limits::trouble_over(tx, "client").await?);
            assert!(!limits::trouble_over(tx, "client").await?);
            assert_eq!(limits::current_trouble(tx, "client").await?, None);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

async fn probes_queued(world: &World, due: Due) -> u64 {
    let now = world.now;
    write!(world.store, |tx| probes::queue(tx, "probe", due, now).await).unwrap()
}

#[tokio::test]
async fn connections_are_due_daily_with_bookings_ahead_and_else_before_their_token_ends() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let ben = world.connected(&world.ben).await;
        queued(&world, &ada, 0..2).await;
        let due = |unheard: i64, unrenewed: i64| Due {
            unheard_since: world.at(unheard),
            unrenewed_since: world.at(unrenewed),
        };
        assert_eq!(probes_queued(&world, due(-1, 0)).await, 0, "just granted");
        let mut changes = world.store.changes();
        assert_eq!(probes_queued(&world, due(0, 0)).await, 1, "Ada's alone");
        assert_eq!(changes.recv().await.unwrap(), Change::Jobs);
        assert_eq!(probes_queued(&world, due(0, 0)).await, 0, "it is queued");
        assert_eq!(probes_queued(&world, due(0, 60)).await, 1, "Ben's token");
        let rows = "SELECT kind || ' ' || lane || ' ' || account FROM job WHERE kind = 'probe' ORDER BY lane";
        assert_eq!(
            database.texts(rows).await,
            ["probe zoom-Ada account", "probe zoom-Ben account"]
        );
        let late = "SELECT kind FROM job WHERE kind = 'probe' AND run_at - created_at >= 3600000000";
        assert!(database.texts(late).await.is_empty(), "within the hour");
        write!(world.store, |tx, ben| {
            connections::end(tx, ben, EndedBy::User, ben.granted_at).await
        })
        .unwrap();
        let done = "DELETE FROM job WHERE lane = 'zoom-Ben'";
        assert_eq!(database.execute(done).await, 1);
        assert_eq!(probes_queued(&world, due(0, 60)).await, 0, "it has ended");
    })
    .await;
}

#[tokio::test]
async fn what_zoom_says_of_a_user_is_kept_while_the_grant_is_the_same() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        let (company, id, now) = (world.company, ada.id, world.at(3));
        let mut heard = ada.clone();
        heard.zoom_email = "new@example.com".to_owned();
        heard.zoom_account_id = "moved".to_owned();
        heard.zoom_licensed = Some(false);
        let pair: Pair = world.pair("again");
        write!(world.store, |tx, heard, pair| {
            assert!(probes::answered(tx, heard, now).await?);
            assert_eq!(
                connections::get(tx, company, id).await?.as_ref(),
                Some(heard)
            );
            let mut elsewhere = heard.clone();
            elsewhere.company = rooms_core::CompanyId::from_uuid(Uuid::from_u128(1));
            assert!(!probes::answered(tx, &elsewhere, now).await?);
            connections::regrant(tx, heard, pair).await?;
            assert!(!probes::answered(tx, heard, now).await?, "an older grant");
            Ok(())
        })
        .unwrap();
    })
    .await;
}
