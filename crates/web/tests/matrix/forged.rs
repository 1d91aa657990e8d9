//! Writes that no page of ours sent: without the form's token, with another's, from another site,
//! by another method. Each is refused and changes nothing, whoever's session it rides on.

use axum::http::Method;
use rooms_testkit::{Answer, TestDatabase};

use crate::policy::Policy;
use crate::roles::{Credentials, Role};
use crate::stage::{Stage, World};
use crate::table::{Body, Row, table};

/// Who may do it most of all.
fn rightful(policy: Policy) -> Role {
    match policy {
        Policy::Admin | Policy::SignedIn | Policy::Anyone | Policy::HoldsTheLink => Role::Admin,
        Policy::OrganizerOrAdmin
        | Policy::ItsOwner
        | Policy::ItsOwnerQuietly
        | Policy::MayConnect
        | Policy::ZoomsSignature => Role::Owner,
    }
}

/// How a request is not ours.
#[derive(Debug, Clone, Copy)]
enum Forgery {
    NoToken,
    TokenOfAnother,
    ForeignOrigin,
    NullOrigin,
    CrossSite,
    SameSite,
    AsGet,
    AsPut,
}

const ALL: [Forgery; 8] = [
    Forgery::NoToken,
    Forgery::TokenOfAnother,
    Forgery::ForeignOrigin,
    Forgery::NullOrigin,
    Forgery::CrossSite,
    Forgery::SameSite,
    Forgery::AsGet,
    Forgery::AsPut,
];

async fn forge(world: &World, row: &Row, forgery: Forgery, shown: &[Credentials; 2]) -> Answer {
    let Body::Form(mut fields) = row.body.clone() else {
        panic!("{} is no form", row.route);
    };
    let [own, other] = shown;
    let token = |of: &Credentials| ("csrf", of.csrf(Role::Owner, world));
    let (mut method, mut header) = (Method::POST, None);
    match forgery {
        Forgery::NoToken => {}
        Forgery::TokenOfAnother => fields.push(token(other)),
        Forgery::ForeignOrigin => header = Some(("origin", "https://elsewhere.example")),
        Forgery::NullOrigin => header = Some(("origin", "null")),
        Forgery::CrossSite => header = Some(("sec-fetch-site", "cross-site")),
        Forgery::SameSite => header = Some(("sec-fetch-site", "same-site")),
        Forgery::AsGet => method = Method::GET,
        Forgery::AsPut => method = Method::PUT,
    }
    if !matches!(forgery, Forgery::NoToken | Forgery::TokenOfAnother) {
        fields.push(token(own));
    }
    let api = world.app.anonymous();
    let mut request = api.request(method.clone(), &row.path);
    request = request.header("cookie", own.cookies());
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    if method == Method::GET {
        request = request.query(&fields);
    } else {
        request = request.form(&fields);
    }
    api.send(request).await
}

#[tokio::test]
async fn no_write_of_a_page_is_done_for_another_site_or_without_the_forms_token() {
    let stage = Stage::build(TestDatabase::sqlite()).await;
    let world = stage.world(0).await;
    let (mut forged, mut wrong) = (0, Vec::new());
    for row in table(&stage.alfa.ids, &stage.alfa.ids) {
        if !row.writes() || row.of_api() || row.policy == Policy::ZoomsSignature {
            continue;
        }
        let own = stage.credentials(rightful(row.policy));
        let shown = [own, stage.credentials(Role::OtherAdmin)];
        for forgery in ALL {
            let answer = forge(&world, &row, forgery, &shown).await;
            forged += 1;
            let refused = match (forgery, answer.status.as_u16()) {
                (Forgery::AsPut, status) => status == 405,
                // The page at the same address, or none.
                (Forgery::AsGet, status) => [200, 303, 404, 405].contains(&status),
                // There is nothing to set up, whoever asks.
                (_, 404) => row.route == "POST /set-up",
                (_, status) => status == 403,
            };
            let rows = stage.rows.again(world.app.database()).await;
            let changed = stage.rows.differences(&rows, "");
            if !refused || !changed.is_empty() {
                let status = answer.status;
                wrong.push(format!("{} {forgery:?}: {status} {changed:#?}", row.route));
            }
        }
    }
    println!("{forged} forged writes, {} ways each", ALL.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_api_takes_no_session_and_the_pages_no_token() {
    let stage = Stage::build(TestDatabase::sqlite()).await;
    let world = stage.world(0).await;
    let admin = stage.credentials(Role::Admin);
    for row in table(&stage.alfa.ids, &stage.alfa.ids) {
        if row.policy == Policy::Anyone || row.policy == Policy::HoldsTheLink {
            continue;
        }
        let api = world.app.anonymous();
        let method: Method = row.method().parse().unwrap();
        let mut request = api.request(method, &row.path);
        request = if row.of_api() {
            request.header("cookie", admin.cookies())
        } else {
            request.bearer_auth(&admin.token)
        };
        request = match &row.body {
            Body::Nothing => request,
            Body::Json(body) => request.json(body),
            Body::Form(fields) => request.form(fields),
        };
        let answer = api.send(request).await;
        let status = answer.status.as_u16();
        let sent_away = status == 303 && answer.location().path() == "/sign-in";
        let refused = if row.of_api() || row.policy == Policy::ZoomsSignature {
            status == 401
        } else {
            // The form's token is missing too, where that is looked at first.
            sent_away || status == 403
        };
        assert!(refused, "{}: {status}", row.route);
    }
    let rows = stage.rows.again(world.app.database()).await;
    assert!(stage.rows.differences(&rows, "").is_empty());
}
