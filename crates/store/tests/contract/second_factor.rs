//! Second factors, passkeys, known browsers, and the ways back in.

use futures_util::future::join_all;
use rooms_core::{ApiTokenId, CompanyId, InvitationId, PasskeyId, PersonId, SessionId};
use rooms_store::invitations::Recovery;
use rooms_store::passkeys::{self, Passkey, Purpose};
use rooms_store::second_factor::{self as factor, Step};
use rooms_store::sessions::NewSession;
use rooms_store::{Constraint, browsers, invitations, people, personal, sessions};
use rooms_testkit::database::on_each_database;

use crate::world::World;

type Whose = (CompanyId, PersonId);

fn of_ada(world: &World) -> Whose {
    (world.company, world.ada.id)
}

async fn begin(world: &World, whose: Whose, secret: &'static str) -> bool {
    let now = world.now;
    let begun = write!(world.store, |tx| factor::begin(tx, whose, secret, now)
        .await);
    begun.unwrap()
}

async fn in_force(world: &World, whose: Whose) {
    assert!(begin(world, whose, "SECRET").await);
    let now = world.now;
    let confirmed = write!(world.store, |tx| factor::confirm(tx, whose, now).await);
    assert!(confirmed.unwrap());
}

async fn secret(world: &World, whose: Whose) -> Option<String> {
    let mut tx = world.store.read().await.unwrap();
    let app = factor::app(&mut tx, whose).await.unwrap();
    app.map(|app| app.secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_app_is_sealed_and_stays_once_confirmed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let whose = of_ada(&world);
        assert!(begin(&world, whose, "FIRST").await);
        assert!(begin(&world, whose, "SECOND").await, "not confirmed yet");
        assert!(!begin(&world, (world.rival, whose.1), "STOLEN").await);
        assert_eq!(secret(&world, whose).await.as_deref(), Some("SECOND"));
        assert_eq!(secret(&world, (world.rival, whose.1)).await, None);
        let (rival, now) = ((world.rival, whose.1), world.now);
        write!(world.store, |tx| {
            assert!(!factor::confirm(tx, rival, now).await?);
            assert!(factor::confirm(tx, whose, now).await?);
            assert!(!factor::confirm(tx, whose, now).await?, "once");
            assert!(!factor::remove(tx, rival).await?);
            Ok(())
        })
        .unwrap();
        assert!(!begin(&world, whose, "THIRD").await, "one is in force");
        assert_eq!(secret(&world, whose).await.as_deref(), Some("SECOND"));
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(
            factor::with(&mut tx, world.company).await.unwrap(),
            [whose.1]
        );
        assert!(factor::with(&mut tx, world.rival).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_once_and_no_earlier_one_after_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let whose = of_ada(&world);
        in_force(&world, whose).await;
        let used = join_all((0..8).map(|_| async {
            write!(world.store, |tx| factor::use_step(tx, whose, 70).await).unwrap()
        }))
        .await;
        assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
        let rival = (world.rival, whose.1);
        write!(world.store, |tx| {
            assert!(!factor::use_step(tx, whose, 69).await?);
            assert!(!factor::use_step(tx, rival, 71).await?);
            assert!(factor::use_step(tx, whose, 71).await?);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_counts_once_and_until_there_are_new_ones() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, now) = (of_ada(&world), world.now);
        let (bens, rival) = ((world.company, world.ben.id), (world.rival, whose.1));
        let hashes = [[1; 32], [2; 32], [3; 32]];
        write!(world.store, |tx| factor::set_codes(tx, whose, &hashes, now)
            .await)
        .unwrap();
        let used = join_all((0..8).map(|_| async {
            write!(world.store, |tx| factor::use_code(tx, whose, &[1; 32], now)
                .await)
            .unwrap()
        }))
        .await;
        assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
        write!(world.store, |tx| {
            assert!(!factor::use_code(tx, bens, &[2; 32], now).await?);
            assert!(!factor::use_code(tx, rival, &[2; 32], now).await?);
            assert_eq!(factor::codes_left(tx, whose).await?, 2);
            factor::set_codes(tx, whose, &[[4; 32]], now).await?;
            assert!(!factor::use_code(tx, whose, &[2; 32], now).await?);
            assert!(factor::use_code(tx, whose, &[4; 32], now).await?);
            assert_eq!(factor::codes_left(tx, whose).await?, 0);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

fn passkey(world: &World, whose: Whose, name: &str) -> Passkey {
    Passkey {
        id: PasskeyId::from_uuid(world.id()),
        company: whose.0,
        person: whose.1,
        public_key: b"key".to_vec(),
        sign_count: 0,
        name: name.to_owned(),
        created_at: world.now,
        used_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_belongs_to_one_person_of_the_installation() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, spys) = (of_ada(&world), (world.rival, world.spy.id));
        let (mine, theirs) = (
            passkey(&world, whose, "Mine"),
            passkey(&world, spys, "Theirs"),
        );
        write!(world.store, |tx, mine| passkeys::insert(tx, mine, b"one")
            .await)
        .unwrap();
        let taken = write!(world.store, |tx, theirs| {
            passkeys::insert(tx, theirs, b"one").await
        });
        assert!(taken.unwrap_err().violates(Constraint::PasskeyCredential));
        let id = mine.id;
        write!(world.store, |tx| {
            assert!(!passkeys::rename(tx, spys, id, "Stolen").await?);
            assert!(!passkeys::rename(tx, (spys.0, whose.1), id, "Stolen").await?);
            assert!(!passkeys::remove(tx, spys, id).await?);
            assert!(!passkeys::remove(tx, (spys.0, whose.1), id).await?);
            assert_eq!(passkeys::remove_all(tx, (spys.0, whose.1)).await?, 0);
            assert!(passkeys::list(tx, (spys.0, whose.1)).await?.is_empty());
            assert!(
                passkeys::credentials(tx, (spys.0, whose.1))
                    .await?
                    .is_empty()
            );
            assert_eq!(passkeys::credentials(tx, whose).await?, [b"one".to_vec()]);
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let found = passkeys::by_credential(&mut tx, b"one").await.unwrap();
        assert_eq!(found, Some(mine));
        assert_eq!(
            passkeys::by_credential(&mut tx, b"two").await.unwrap(),
            None
        );
        drop(tx);
        let (company, ada, now) = (whose.0, whose.1, world.now);
        write!(world.store, |tx| people::deactivate(tx, company, ada, now)
            .await)
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let gone = passkeys::by_credential(&mut tx, b"one").await.unwrap();
        assert_eq!(gone, None, "not of somebody deactivated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_noted_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (mine, later) = (passkey(&world, of_ada(&world), "Mine"), world.at(5));
        write!(world.store, |tx, mine| passkeys::insert(tx, mine, b"one")
            .await)
        .unwrap();
        let noted = join_all((0..8).map(|_| async {
            write!(world.store, |tx, mine| passkeys::used(tx, mine, 7, later)
                .await)
            .unwrap()
        }))
        .await;
        assert_eq!(noted.into_iter().filter(|noted| *noted).count(), 1);
        let mut tx = world.store.read().await.unwrap();
        let found = passkeys::by_credential(&mut tx, b"one")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.sign_count, found.used_at), (7, Some(later)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_taken_once_where_and_for_what_it_was_given() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (now, until) = (world.now, world.at(5));
        write!(world.store, |tx| {
            passkeys::ask(tx, b"asked", Purpose::Prove, b"here", until).await?;
            passkeys::ask(tx, b"other", Purpose::Prove, b"here", until).await?;
            assert!(!passkeys::take(tx, b"asked", Purpose::Add, b"here", now).await?);
            assert!(!passkeys::take(tx, b"asked", Purpose::Prove, b"there", now).await?);
            assert!(!passkeys::take(tx, b"asked", Purpose::Prove, b"here", until).await?);
            assert!(!passkeys::take(tx, b"never", Purpose::Prove, b"here", now).await?);
            Ok(())
        })
        .unwrap();
        let taken = join_all((0..8).map(|_| async {
            write!(world.store, |tx| {
                passkeys::take(tx, b"asked", Purpose::Prove, b"here", now).await
            })
            .unwrap()
        }))
        .await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
        let purged = write!(world.store, |tx| passkeys::purge(tx, until).await);
        assert_eq!(purged.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_second_step_is_of_one_person_while_they_are_active() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, until, now) = (of_ada(&world), world.at(10), world.now);
        let rival = world.rival;
        let step = Step {
            company: whose.0,
            person: whose.1,
            expires_at: until,
        };
        write!(world.store, |tx| {
            factor::insert_step(tx, b"step", step).await?;
            assert_eq!(factor::step(tx, b"step").await?, Some(step));
            assert_eq!(factor::step(tx, b"other").await?, None);
            factor::steps_done(tx, (rival, whose.1)).await?;
            assert_eq!(
                factor::step(tx, b"step").await?,
                Some(step),
                "another company"
            );
            assert_eq!(factor::purge_steps(tx, now).await?, 0);
            people::deactivate(tx, whose.0, whose.1, now).await?;
            assert_eq!(factor::step(tx, b"step").await?, None);
            assert_eq!(factor::purge_steps(tx, until).await?, 1);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

async fn signed_in(world: &World, token: &'static [u8], whose: Whose) -> SessionId {
    let id = SessionId::from_uuid(world.id());
    let (now, expires_at) = (world.now, world.at(60));
    write!(world.store, |tx| {
        let new = NewSession {
            id,
            token_hash: token,
            company: whose.0,
            person: whose.1,
            user_agent: "a browser",
            now,
            expires_at,
        };
        sessions::insert(tx, &new).await
    })
    .unwrap();
    id
}

#[tokio::test]
async fn where_everybody_needs_a_second_factor_sessions_are_confined_until_there_is_one() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (ada, ben) = (of_ada(&world), (world.company, world.ben.id));
        signed_in(&world, b"ada", ada).await;
        signed_in(&world, b"ben", ben).await;
        let spys = (world.rival, world.spy.id);
        signed_in(&world, b"spy", spys).await;
        let (id, now) = (ApiTokenId::from_uuid(world.id()), world.now);
        write!(world.store, |tx| {
            sessions::insert_token(tx, id, b"token", ada, "ci", now).await
        })
        .unwrap();
        let confined = async |token: &'static [u8]| {
            let mut tx = world.store.read().await.unwrap();
            let carried = sessions::by_hash(&mut tx, token, now).await.unwrap();
            carried.unwrap().confined
        };
        assert!(!confined(b"ada").await);
        let company = world.company;
        write!(world.store, |tx| factor::require(tx, company, true).await).unwrap();
        assert!(confined(b"ada").await && confined(b"ben").await);
        assert!(!confined(b"spy").await, "the rule is the company's");
        assert!(begin(&world, ada, "SECRET").await);
        assert!(confined(b"ada").await, "not confirmed yet");
        write!(world.store, |tx| factor::confirm(tx, ada, now).await).unwrap();
        assert!(!confined(b"ada").await);
        let bens = passkey(&world, ben, "Phone");
        write!(world.store, |tx, bens| passkeys::insert(tx, bens, b"bens")
            .await)
        .unwrap();
        assert!(!confined(b"ben").await);
        let mut tx = world.store.read().await.unwrap();
        let token = sessions::token_by_hash(&mut tx, b"token").await.unwrap();
        assert!(!token.unwrap().confined);
        assert!(factor::required(&mut tx, company).await.unwrap());
        assert!(!factor::required(&mut tx, spys.0).await.unwrap());
        let mut with = factor::with(&mut tx, company).await.unwrap();
        with.sort();
        assert_eq!(with.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_session_knows_when_it_was_proved_and_outlives_the_others() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, later) = (of_ada(&world), world.at(7));
        let kept = signed_in(&world, b"one", whose).await;
        signed_in(&world, b"two", whose).await;
        signed_in(&world, b"bens", (world.company, world.ben.id)).await;
        let rival = (world.rival, whose.1);
        write!(world.store, |tx| {
            sessions::proved(tx, rival, kept, later).await?;
            let carried = sessions::by_hash(tx, b"one", later).await?.unwrap();
            assert_eq!(carried.proved_at, carried.created_at);
            sessions::proved(tx, whose, kept, later).await?;
            assert_eq!(sessions::delete_others(tx, rival, kept).await?, 0);
            assert_eq!(sessions::delete_others(tx, whose, kept).await?, 1);
            let carried = sessions::by_hash(tx, b"one", later).await?.unwrap();
            assert_eq!(carried.proved_at, later);
            assert!(sessions::by_hash(tx, b"two", later).await?.is_none());
            assert!(sessions::by_hash(tx, b"bens", later).await?.is_some());
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn browsers_are_known_by_person_until_they_are_not_seen_for_long() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, bens) = (of_ada(&world), (world.company, world.ben.id));
        let (now, later) = (world.now, world.at(5));
        let rival = (world.rival, whose.1);
        write!(world.store, |tx| {
            assert!(!browsers::any(tx, whose).await?);
            browsers::insert(tx, whose, b"browser", now).await?;
            browsers::insert(tx, bens, b"browser", now).await?;
            assert!(browsers::any(tx, whose).await?);
            assert!(!browsers::any(tx, rival).await?);
            assert!(!browsers::seen(tx, rival, b"browser", later).await?);
            assert!(!browsers::seen(tx, whose, b"another", later).await?);
            assert!(browsers::seen(tx, whose, b"browser", later).await?);
            browsers::forget(tx, rival).await?;
            assert_eq!(browsers::purge(tx, now).await?, 1, "Ben's");
            assert!(browsers::any(tx, whose).await?);
            browsers::forget(tx, whose).await?;
            assert!(!browsers::any(tx, whose).await?);
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_link_says_whether_it_gives_an_account_back() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, now, until) = (of_ada(&world), world.now, world.at(60));
        let (one, two) = (
            InvitationId::from_uuid(world.id()),
            InvitationId::from_uuid(world.id()),
        );
        let recovery = Recovery {
            reason: "New phone".to_owned(),
            removes_factors: true,
        };
        write!(world.store, |tx, recovery| {
            invitations::insert(tx, one, b"plain", whose, now, until).await?;
            let which = (two, b"back".as_slice());
            invitations::insert_recovery(tx, which, whose, recovery, (now, until)).await?;
            let plain = invitations::by_hash(tx, b"plain").await?.unwrap();
            assert_eq!(plain.recovers, None);
            let back = invitations::by_hash(tx, b"back").await?.unwrap();
            assert_eq!(back.recovers.as_ref(), Some(recovery));
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_somebody_signs_in_with_is_told_and_erased_with_them() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, now) = (of_ada(&world), world.now);
        in_force(&world, whose).await;
        let mine = passkey(&world, whose, "My phone");
        let (email, name) = (world.ada.email.clone(), world.ada.name.clone());
        let step = Step {
            company: whose.0,
            person: whose.1,
            expires_at: world.at(5),
        };
        write!(world.store, |tx, mine| {
            passkeys::insert(tx, mine, b"one").await?;
            factor::set_codes(tx, whose, &[[1; 32], [2; 32]], now).await?;
            factor::insert_step(tx, b"step", step).await?;
            browsers::insert(tx, whose, b"browser", now).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let held = personal::held(&mut tx, whose.0, whose.1)
            .await
            .unwrap()
            .unwrap();
        let told = |kind: &str| {
            let (_, entries) = held.kinds.iter().find(|(k, _)| *k == kind).unwrap();
            serde_json::to_string(entries).unwrap()
        };
        let factors = told("second_factors");
        assert!(
            factors.contains("code_app") && factors.contains("My phone"),
            "{factors}"
        );
        assert_eq!(factors.matches("recovery_code").count(), 2);
        assert!(!factors.contains("SECRET"), "{factors}");
        assert!(told("browsers").contains("seen_at"));
        drop(tx);
        let erased = write!(world.store, |tx, email, name| {
            personal::erase(tx, whose, (email, name), now).await
        });
        let erased = erased.unwrap().unwrap();
        for kind in [
            ("code_apps", 1),
            ("recovery_codes", 2),
            ("passkeys", 1),
            ("browsers", 1),
            ("second_steps", 1),
        ] {
            assert!(erased.contains(&kind), "{kind:?}: {erased:?}");
        }
    })
    .await;
}
