//! What a meeting goes through: attempts that were lost, the times it was held, what was promised;
//! and the list of all of them.

use rooms_core::MeetingRecordId;
use rooms_core::booking::Conference;
use rooms_core::meeting::{Drift, MeetingState, Promise, Session};
use rooms_store::meetings::listing::{self, Filter};
use rooms_store::meetings::{self, attempts, promises, sessions};
use rooms_testkit::database::on_each_database;

use super::Wanted;

#[tokio::test]
async fn a_lost_attempt_is_swept_once() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let world = &wanted.world;
        let (company, id, now) = (world.company, wanted.id, world.now);
        let (attempt, due) = (world.id(), world.at(1));
        let sweep_at = async || {
            let mut tx = world.store.read().await.unwrap();
            attempts::sweep_at(&mut tx, company, id).await.unwrap()
        };
        write!(world.store, |tx| {
            meetings::begin_attempt(tx, attempt, (company, id), 1, now).await?;
            attempts::lose(tx, (company, id), "not found", (now, due)).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let open = meetings::open_attempt(&mut tx, company, id).await.unwrap();
        let all = attempts::of_meeting(&mut tx, company, id).await.unwrap();
        drop(tx);
        assert_eq!((open, all), (None, vec![(attempt, now)]));
        assert_eq!(sweep_at().await, Some(due));
        write!(world.store, |tx| attempts::swept(tx, company, id, now)
            .await)
        .unwrap();
        assert_eq!(sweep_at().await, Some(due), "it was too early");
        write!(world.store, |tx| attempts::swept(tx, company, id, due)
            .await)
        .unwrap();
        assert_eq!(sweep_at().await, None);
    })
    .await;
}

#[tokio::test]
async fn beginning_and_end_complete_each_other_in_any_order() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let world = &wanted.world;
        let (company, id, now) = (world.company, wanted.id, world.now);
        let began = Session {
            started_at: Some(world.at(1)),
            ended_at: None,
        };
        let ended = Session {
            started_at: None,
            ended_at: Some(world.at(40)),
        };
        for said in [&ended, &began, &ended, &began] {
            write!(world.store, |tx, said| {
                sessions::held(tx, (company, id), "uuid/1==", said, now).await
            })
            .unwrap();
        }
        let later = Session {
            started_at: Some(world.at(50)),
            ended_at: None,
        };
        write!(world.store, |tx, later| {
            sessions::held(tx, (company, id), "uuid/2==", later, now).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let held = sessions::of_meeting(&mut tx, company, id).await.unwrap();
        let first = Session {
            started_at: began.started_at,
            ended_at: ended.ended_at,
        };
        assert_eq!(held, [first, later]);
    })
    .await;
}

#[tokio::test]
async fn a_promise_is_kept_for_the_company_and_for_a_person() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let world = &wanted.world;
        let (company, rival, ada) = (world.company, world.rival, world.ada.id);
        let strict = Promise {
            waiting_room: true,
            ..Promise::default()
        };
        write!(world.store, |tx| {
            promises::set_of_company(tx, company, strict).await?;
            promises::set_of_person(tx, rival, ada, Some(strict)).await?;
            promises::set_of_person(tx, company, ada, Some(Promise::default())).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let of_company = promises::of_company(&mut tx, company).await.unwrap();
        let of_rival = promises::of_company(&mut tx, rival).await.unwrap();
        let own = promises::of_person(&mut tx, company, ada).await.unwrap();
        let spied = promises::of_person(&mut tx, rival, ada).await.unwrap();
        drop(tx);
        assert_eq!((of_company, of_rival), (Some(strict), None));
        assert_eq!((own, spied), (Some(Promise::default()), None));
        write!(world.store, |tx| {
            promises::set_of_person(tx, company, ada, None).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let own = promises::of_person(&mut tx, company, ada).await.unwrap();
        assert_eq!(own, None, "the company's rule again");
    })
    .await;
}

#[tokio::test]
async fn the_list_of_meetings_is_filtered_counted_and_paged() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let world = &wanted.world;
        let (company, ada) = (world.company, world.ada.id);
        let mut ready = wanted.read().await;
        ready.state = MeetingState::Ready;
        ready.zoom_id = Some(7);
        ready.drift = Some(Drift {
            minutes: Some(45),
            ..Drift::default()
        });
        wanted.store(&ready).await.unwrap();
        let mut second = world.booking(120, 180);
        second.conference = Some(Conference::Zoom);
        world.insert(&second).await.unwrap();
        let another = MeetingRecordId::from_uuid(world.id());
        wanted.want(another, second.id).await.unwrap();
        let any = Filter {
            state: "all",
            host: None,
            site: None,
            from: world.at(-60),
            to: world.at(600),
        };
        let list = async |filter, after| {
            let mut tx = world.store.read().await.unwrap();
            let found = listing::list(&mut tx, company, filter, after, 1)
                .await
                .unwrap();
            found
                .into_iter()
                .map(|meeting| meeting.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(list(any, None).await, [wanted.id]);
        let place = (wanted.booking.slot.starts_at, wanted.id);
        assert_eq!(list(any, Some(place)).await, [another]);
        let of = |state| Filter { state, ..any };
        assert_eq!(list(of("pending"), None).await, [another]);
        assert_eq!(list(of("ready"), None).await, [wanted.id]);
        assert_eq!(list(of("changed"), None).await, [wanted.id]);
        assert_eq!(list(of("failed"), None).await, []);
        let by = Filter {
            host: Some(ada),
            ..any
        };
        assert_eq!(list(by, None).await, [wanted.id]);
        let nobody = Filter {
            host: Some(world.spy.id),
            ..any
        };
        assert_eq!(list(nobody, None).await, []);
        let later = Filter {
            from: world.at(100),
            ..any
        };
        assert_eq!(list(later, None).await, [another]);
        let mut tx = world.store.read().await.unwrap();
        let mut counts = listing::count(&mut tx, company, any).await.unwrap();
        let theirs = listing::count(&mut tx, world.rival, any).await.unwrap();
        assert!(theirs.is_empty());
        counts.sort_by(|one, other| one.state.cmp(&other.state));
        let said: Vec<_> = counts
            .iter()
            .map(|count| (count.state.as_str(), count.drifts, count.count))
            .collect();
        assert_eq!(said, [("pending", false, 1), ("ready", true, 1)]);
        let known = meetings::of_zoom_id(&mut tx, 7).await.unwrap();
        assert_eq!(known, [(company, wanted.id)]);
        assert!(meetings::of_zoom_id(&mut tx, 8).await.unwrap().is_empty());
    })
    .await;
}
