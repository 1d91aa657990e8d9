use super::*;

fn site() -> Site {
    Site {
        rp_id: "rooms.example".to_owned(),
        origin: "https://rooms.example".to_owned(),
    }
}

fn data(rp_id: &str, flags: u8, count: u32, rest: &[u8]) -> Vec<u8> {
    let hash = secret::hash(rp_id.as_bytes());
    [&hash[..], &[flags], &count.to_be_bytes(), rest].concat()
}

#[test]
fn what_the_browser_was_asked_has_to_be_this_here() {
    let json = |kind: &str, origin: &str, cross: &str| {
        format!(r#"{{"type":"{kind}","challenge":"AAEC","origin":"{origin}"{cross},"other":{{}}}}"#)
    };
    let read = |json: &str| challenge(json.as_bytes(), "webauthn.get", &site());
    let good = json("webauthn.get", "https://rooms.example", "");
    assert_eq!(read(&good), Ok(vec![0, 1, 2]));
    for elsewhere in [
        json("webauthn.create", "https://rooms.example", ""),
        json("webauthn.get", "https://rooms.example.evil", ""),
        json("webauthn.get", "http://rooms.example", ""),
        json(
            "webauthn.get",
            "https://rooms.example",
            r#","crossOrigin":true"#,
        ),
    ] {
        assert_eq!(read(&elsewhere), Err(Refused::Elsewhere), "{elsewhere}");
    }
    for broken in ["", "{}", r#"{"type":1}"#, &good.replace("AAEC", "%%")] {
        assert_eq!(read(broken), Err(Refused::Unreadable), "{broken}");
    }
}

#[test]
fn an_authenticator_speaks_of_this_site_and_of_somebody_verified() {
    let read = |bytes: &[u8]| AuthenticatorData::read(bytes, &site()).map(|data| data.sign_count);
    assert_eq!(read(&data("rooms.example", 0x05, 7, &[])), Ok(7));
    assert_eq!(read(&data("rooms.example", 0x1d, 7, &[])), Ok(7));
    let refused = [
        (data("evil.example", 0x05, 7, &[]), Refused::Elsewhere),
        (data("rooms.example", 0x01, 7, &[]), Refused::Unverified),
        (data("rooms.example", 0x04, 7, &[]), Refused::Unverified),
        (data("rooms.example", 0x15, 7, &[]), Refused::Unreadable),
    ];
    for (bytes, why) in refused {
        assert_eq!(read(&bytes), Err(why));
    }
    let whole = data("rooms.example", 0x05, 7, &[]);
    for cut in 0..whole.len() {
        assert_eq!(read(&whole[..cut]), Err(Refused::Unreadable), "{cut}");
    }
}

#[test]
fn a_new_passkey_has_a_name_of_its_length() {
    let of = |flags, length: u16, id: &[u8]| {
        let rest = [&[0; 16][..], &length.to_be_bytes(), id].concat();
        let bytes = data("rooms.example", flags, 0, &rest);
        let read = AuthenticatorData::read(&bytes, &site()).unwrap();
        read.new_credential().map(<[u8]>::to_vec)
    };
    assert_eq!(of(0x45, 3, b"abcd"), Ok(b"abc".to_vec()));
    for (flags, length, id) in [
        (0x05, 3, &b"abc"[..]),
        (0x45, 4, b"abc"),
        (0x45, 0, b"abc"),
        (0x45, 1024, &[1; 1024]),
    ] {
        assert_eq!(of(flags, length, id), Err(Refused::Unreadable));
    }
}

#[test]
fn only_the_three_kinds_of_keys_are_read() {
    let p256 = [P256, &[4; 65]].concat();
    let edwards = [EDWARDS, &[1; 32]].concat();
    assert!(Key::read(&p256).is_ok() && Key::read(&edwards).is_ok());
    let rsa = |inner: &[u8]| {
        let bits = [&[0x03, 0x82, 0x01, 0x01, 0x00][..], inner].concat();
        let length = u16::try_from(RSA.len() + bits.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82][..], &length, RSA, &bits].concat()
    };
    assert_eq!(Key::read(&rsa(&[7; 256])).unwrap().key, &[7; 256]);
    let mut long = rsa(&[7; 256]);
    long.push(0);
    for broken in [
        &p256[..90],
        &edwards[..43],
        &[],
        &[0x30],
        &[0x30, 0x84],
        &long,
    ] {
        assert!(Key::read(broken).is_err());
    }
}

#[test]
fn a_signature_is_of_this_key_over_exactly_this() {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let spki = [EDWARDS, pair.public_key().as_ref()].concat();
    let (said, client) = (data("rooms.example", 5, 1, &[]), b"{}");
    let signed = [&said[..], &secret::hash(client)].concat();
    let signature = pair.sign(&signed).as_ref().to_vec();
    let key = Key::read(&spki).unwrap();
    assert_eq!(key.verify(&said, client, &signature), Ok(()));
    for place in 0..signature.len() {
        let mut flipped = signature.clone();
        flipped[place] ^= 1;
        assert_eq!(key.verify(&said, client, &flipped), Err(Refused::Forged));
    }
    assert_eq!(key.verify(&said, b"{ }", &signature), Err(Refused::Forged));
}
