//! What people sign in with.

use rooms_app::people::sign_in::{self, Entry};
use rooms_app::people::{recovery, second_factor, sessions};
use rooms_testkit::TestApp;
use rooms_testkit::authenticator::code_of;

use super::{Half, open};

impl Half {
    /// What the owner signs in with, a sign-in on its way, and a way back in for the officer.
    pub(super) async fn second_factors(&mut self, app: &TestApp) {
        let (word, product, owner) = (self.word, &app.app, &self.owner);
        let session = open(app, owner, &format!("{word} browser")).await;
        let visitor = sessions::visitor(product, &session).await.unwrap().unwrap();
        second_factor::begin(product, &visitor).await.unwrap();
        let begun = second_factor::setting_up(product, &visitor).await.unwrap();
        let secret = begun.unwrap().secret;
        let code = code_of(&secret, product.now().as_second());
        let codes = second_factor::confirm(product, &visitor, &code).await;
        self.raw.extend(codes.unwrap());
        let key = format!(
            "INSERT INTO passkey (id, company_id, person_id, credential_id, public_key, sign_count, name, created_at) \
             SELECT id, company_id, person_id, token_hash, token_hash, 0, '{word} key', created_at FROM api_token \
             WHERE name = '{word} other token'"
        );
        assert_eq!(app.database().execute(&key).await, 1);
        self.ids.passkey = self.ids.api_token.replace("tk_", "pk_");
        let whose = (owner.company, owner.person);
        let entry = sign_in::after_password(product, whose, &sessions::Browser::default()).await;
        let Entry::SecondStep(step) = entry.unwrap() else {
            panic!("a second factor is asked for");
        };
        let (reason, officer) = (format!("{word} reason"), self.officer.person);
        let back = recovery::begin(product, &self.admin, officer, &reason, true).await;
        let link = back.unwrap().link;
        let link = link.rsplit('/').next().unwrap().to_owned();
        self.raw.extend([session, secret, step, link]);
    }
}
