use super::*;

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

fn sealer(byte: u8) -> Sealer {
    Sealer::new(key(byte), Arc::new(Entropy::seeded(1)))
}

/// Seals with one key, and opens with another one too.
fn ring(sealing: u8, other: u8) -> Sealer {
    let keys = MasterKeys {
        sealing: key(sealing),
        other: Some(key(other)),
    };
    Sealer::new(keys, Arc::new(Entropy::seeded(2)))
}

/// A data key as it was stored before master keys had ids.
fn wrapped_without_id(byte: u8, owner: Uuid) -> Vec<u8> {
    let sealer = sealer(byte);
    let wrapped = sealer.seal_with(&key(byte).wrapping(), owner, DATA_KEY, &[5; 32]);
    [&[FORMAT], &*wrapped].concat()
}

#[test]
fn a_sealed_text_opens_only_where_it_belongs() {
    let (owner, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let (key, wrapped) = sealer(7).new_data_key(owner);
    let sealed = sealer(7).seal(&key, owner, "join_url", "https://zoom.example/j/1");
    assert!(!sealed.windows(4).any(|w| w == b"zoom"));
    let again = sealer(7).data_key(owner, &wrapped).unwrap();
    assert_eq!(
        again.open(owner, "join_url", &sealed).unwrap(),
        "https://zoom.example/j/1"
    );
    assert!(again.open(other, "join_url", &sealed).is_err());
    assert!(again.open(owner, "passcode", &sealed).is_err());
    assert!(sealer(8).data_key(owner, &wrapped).is_err());
    assert!(sealer(7).data_key(other, &wrapped).is_err());
}

#[test]
fn cut_or_changed_texts_do_not_open() {
    let owner = Uuid::from_u128(1);
    let (key, wrapped) = sealer(7).new_data_key(owner);
    let sealed = sealer(7).seal(&key, owner, "x", "secret");
    for cut in 0..sealed.len() {
        assert!(key.open(owner, "x", &sealed[..cut]).is_err());
    }
    for cut in 0..wrapped.len() {
        assert!(sealer(7).data_key(owner, &wrapped[..cut]).is_err());
    }
    let mut changed = sealed;
    *changed.last_mut().unwrap() ^= 1;
    assert!(key.open(owner, "x", &changed).is_err());
}

#[test]
fn either_of_two_master_keys_opens_and_the_first_seals() {
    let owner = Uuid::from_u128(1);
    let (_, old) = sealer(7).new_data_key(owner);
    let (_, new) = ring(8, 7).new_data_key(owner);
    for (wrapped, opens, not) in [(&old, 7, 8), (&new, 8, 7)] {
        assert!(sealer(opens).data_key(owner, wrapped).is_ok());
        assert!(sealer(not).data_key(owner, wrapped).is_err());
        assert!(ring(7, 8).data_key(owner, wrapped).is_ok());
        assert!(ring(8, 7).data_key(owner, wrapped).is_ok());
        let needs = key(opens).id();
        assert_eq!(
            ring(8, 7).wrapped_with(owner, wrapped),
            Wrapped::Opens(needs)
        );
        assert_eq!(
            sealer(not).wrapped_with(owner, wrapped),
            Wrapped::Missing(needs)
        );
    }
}

#[test]
fn a_rewrapped_key_is_the_same_key() {
    let owner = Uuid::from_u128(1);
    let (data_key, old) = sealer(7).new_data_key(owner);
    let sealed = sealer(7).seal(&data_key, owner, "x", "secret");
    let new = ring(8, 7).rewrap(owner, &old).unwrap().unwrap();
    assert_eq!(ring(8, 7).rewrap(owner, &new).unwrap(), None);
    let opened = sealer(8).data_key(owner, &new).unwrap();
    assert_eq!(opened.open(owner, "x", &sealed).unwrap(), "secret");
    assert!(sealer(7).data_key(owner, &new).is_err());
    assert!(sealer(8).rewrap(owner, &old).is_err());
}

#[test]
fn keys_wrapped_before_master_keys_had_ids_open_and_get_one() {
    let owner = Uuid::from_u128(1);
    let old = wrapped_without_id(7, owner);
    for opens in [sealer(7), ring(7, 8), ring(8, 7)] {
        assert!(opens.data_key(owner, &old).is_ok());
        assert_eq!(opens.wrapped_with(owner, &old), Wrapped::Opens(key(7).id()));
        let new = opens.rewrap(owner, &old).unwrap().unwrap();
        assert!(opens.data_key(owner, &new).is_ok());
    }
    assert_eq!(sealer(8).wrapped_with(owner, &old), Wrapped::Unreadable);
}

#[test]
fn keyed_hashes_of_either_master_key_hold() {
    let mac = sealer(7).mac("csrf", b"cookie");
    // The same key twice is one key.
    for knows in [sealer(7), ring(7, 8), ring(8, 7), ring(7, 7)] {
        assert!(knows.verifies("csrf", b"cookie", &mac));
        assert!(!knows.verifies("csrf", b"another", &mac));
        assert!(!knows.verifies("state", b"cookie", &mac));
        assert!(!knows.verifies("csrf", b"cookie", &mac[..31]));
    }
    assert!(!sealer(8).verifies("csrf", b"cookie", &mac));
    assert_ne!(ring(8, 7).mac("csrf", b"cookie"), mac);
}

#[test]
fn a_sealer_shows_nothing_of_its_keys() {
    assert_eq!(format!("{:?}", ring(7, 8)), "Sealer(…)");
}

#[test]
fn marks_stay_those_of_the_first_master_key() {
    let owner = Uuid::from_u128(1);
    let (first, (_, check), (_, hash)) = (
        sealer(7),
        sealer(7).new_data_key(owner),
        sealer(7).new_data_key(owner),
    );
    let written = first.mark(b"meeting");
    // Taken up by a server that has changed the key before it ever ran this program.
    let changing = ring(8, 7);
    let mark = changing.first_mark_key(owner, &check).unwrap();
    let hash = changing.rewrap(owner, &hash).unwrap().unwrap();
    let later = sealer(8);
    later.keep(owner, &hash, &mark).unwrap();
    assert_eq!(later.mark(b"meeting"), written);
    assert_ne!(sealer(8).mark(b"meeting"), written, "before it is taken up");
}

#[test]
fn what_waits_in_a_queue_opens_whatever_the_master_key_is() {
    let (owner, installation) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let before = sealer(7);
    assert!(before.passing_data_key(owner).is_err(), "not taken up yet");
    let (_, check) = before.new_data_key(installation);
    let (_, hash) = before.new_data_key(installation);
    let mark = before.first_mark_key(installation, &check).unwrap();
    before.keep(installation, &hash, &mark).unwrap();
    let (data_key, wrapped) = before.passing_data_key(owner).unwrap();
    let sealed = before.seal(&data_key, owner, "job", "a link");
    let after = sealer(8);
    let anew = |wrapped: &[u8]| ring(8, 7).rewrap(installation, wrapped).unwrap().unwrap();
    after
        .keep(installation, &anew(&hash), &anew(&mark))
        .unwrap();
    let opened = after.data_key(owner, &wrapped).unwrap();
    assert_eq!(opened.open(owner, "job", &sealed).unwrap(), "a link");
    assert!(after.data_key(installation, &wrapped).is_err());
}
