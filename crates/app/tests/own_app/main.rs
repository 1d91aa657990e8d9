//! Whose app people connect through: the operator's, or their company's own.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first surprise"
)]

mod check;
mod entering;
mod life;
mod removing;
mod webhooks;

use rooms_app::zoom::apps::own::{self, Own, Typed};
use rooms_core::connection::Connection;
use rooms_testkit::{TestApp, TestCompany, TestPerson};

/// An app as it is registered at Zoom, with the addresses of a company's own.
pub(crate) fn registered(app: &TestApp, own: &Own, name: &str) -> zoom_sim::App {
    zoom_sim::App {
        name: name.to_owned(),
        client_id: name.to_owned(),
        client_secret: format!("{name}-secret"),
        webhook_secret: format!("{name}-webhooks"),
        redirect_uris: vec![app.at("/zoom_callback")],
        webhook_url: Some(own.values.webhook.clone()),
        scopes: zoom_sim::ordinary_scopes(),
    }
}

/// What an admin types of it.
pub(crate) fn typed(name: &str) -> Typed {
    Typed {
        client_id: name.to_owned(),
        client_secret: format!("{name}-secret"),
        webhook_secret: format!("{name}-webhooks"),
    }
}

/// The company's own app as it stands.
pub(crate) async fn own_of(app: &TestApp, company: &TestCompany) -> Own {
    let overview = own::overview(&app.app, &company.admin.actor).await;
    overview.unwrap().own.unwrap()
}

/// A company with an app of its own that is registered at Zoom, entered and in use.
pub(crate) async fn in_use(app: &TestApp, company: &TestCompany, name: &str) -> Own {
    let admin = &company.admin.actor;
    own::begin(&app.app, admin).await.unwrap();
    let own = own_of(app, company).await;
    app.sim.set_app(registered(app, &own, name));
    own::enter(&app.app, admin, &typed(name)).await.unwrap();
    // Zoom challenges the address once more, now that the secret is known here.
    app.sim.set_app(registered(app, &own, name));
    app.deliver_webhooks().await;
    own::put_to_use(&app.app, admin).await.unwrap();
    own_of(app, company).await
}

/// A person's one connection that has not ended, or the one that ended last.
pub(crate) async fn connection(app: &TestApp, person: &TestPerson) -> Connection {
    let all = rooms_app::zoom::connections(&app.app, &person.actor).await;
    all.unwrap().into_iter().next().unwrap()
}
