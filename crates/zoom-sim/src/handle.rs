//! What a test does with the simulator: look inside, and play the other people in the story.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::faults::AimedFault;
use crate::limits::Plan;
use crate::log::LoggedRequest;
use crate::meetings::{self, Wanted};
use crate::options::App;
use crate::people::{self, Standing};
use crate::records::{Delivery, Mail, StoredMeeting};
use crate::rules::{Rules, Signature};
use crate::state::Sim;
use crate::webhooks::Mishap;
use crate::{token, webhooks};

/// A way into a running simulator; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    sim: Arc<Sim>,
}

/// What a host changes in Zoom's own pages; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostChange {
    /// New title.
    pub topic: Option<String>,
    /// New beginning.
    pub start_time: Option<Timestamp>,
    /// New length in minutes.
    pub duration: Option<i64>,
}

impl Handle {
    pub(crate) fn new(sim: Arc<Sim>) -> Self {
        Self { sim }
    }

    /// Registers an app, or replaces the one with its client id; a webhook address is challenged.
    pub fn set_app(&self, app: App) {
        self.sim.change(|world, now| {
            let client_id = app.client_id.clone();
            world.put_app(app);
            webhooks::challenge(world, now, &client_id);
        });
    }

    /// All meetings ever made, deleted ones included, by number.
    #[must_use]
    pub fn meetings(&self) -> Vec<StoredMeeting> {
        self.sim
            .read(|world| world.meetings.values().cloned().collect())
    }

    /// The codes and tokens given out since the start, dead ones included, oldest first: secrets to
    /// look for where none may be.
    #[must_use]
    pub fn issued(&self) -> Vec<String> {
        self.sim
            .read(|world| world.issued.iter().cloned().collect())
    }

    /// All requests received, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.sim.log.all()
    }

    /// All webhooks and their attempts, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.sim.read(|world| world.deliveries.clone())
    }

    /// Whether the user has this app installed.
    #[must_use]
    pub fn is_installed(&self, user_email: &str, client_id: &str) -> bool {
        self.sim.read(|world| {
            world
                .user_by_email(user_email)
                .is_some_and(|user| world.grant(client_id, &user.user_id).is_some())
        })
    }

    /// The user removes the app on the installed-apps page; false if it was not installed.
    #[expect(clippy::must_use_candidate, reason = "the removal is what matters")]
    pub fn remove_app(&self, user_email: &str, client_id: &str) -> bool {
        self.sim.change(|world, now| {
            let user = world
                .user_by_email(user_email)
                .map(|user| user.user_id.clone());
            user.is_some_and(|user_id| token::uninstall(world, now, client_id, &user_id))
        })
    }

    /// Makes something go wrong, for everybody or [aimed](AimedFault).
    pub fn fault(&self, fault: impl Into<AimedFault>) {
        self.sim.faults.add(fault.into());
    }

    /// Ends all faults; hanging calls are cut.
    pub fn clear_faults(&self) {
        self.sim.faults.clear();
    }

    /// Sends the webhooks that are due by the injected clock; returns when all have been tried.
    pub async fn deliver_due_webhooks(&self) {
        webhooks::deliver_due(&self.sim).await;
    }

    /// Queues a webhook once more, byte by byte; false if there is none with this number.
    #[expect(clippy::must_use_candidate, reason = "the sending is what matters")]
    pub fn send_webhook_again(&self, delivery_id: u64) -> bool {
        self.sim
            .change(|world, now| webhooks::send_again(world, now, delivery_id, None))
    }

    /// Queues a webhook once more with such a signature; false if there is none with this number.
    #[expect(clippy::must_use_candidate, reason = "the sending is what matters")]
    pub fn forge_webhook(&self, delivery_id: u64, signature: Signature) -> bool {
        let forged = Some(signature);
        self.sim
            .change(|world, now| webhooks::send_again(world, now, delivery_id, forged))
    }

    /// Sends a waiting or held webhook without regard to its time; false if none is waiting.
    #[expect(clippy::must_use_candidate, reason = "the sending is what matters")]
    pub fn hurry_webhook(&self, delivery_id: u64) -> bool {
        self.sim
            .change(|world, now| webhooks::hurry(world, now, delivery_id))
    }

    /// The host changes a meeting in Zoom; false if there is none.
    #[expect(clippy::must_use_candidate, reason = "the change is what matters")]
    pub fn change_meeting(&self, id: i64, change: HostChange) -> bool {
        let wanted = Wanted::by_host(change.topic, change.start_time, change.duration);
        self.sim
            .change(|world, now| meetings::apply(world, now, id, &wanted, None))
    }

    /// The host begins a meeting in Zoom; false if there is none, or if it takes place already.
    #[expect(clippy::must_use_candidate, reason = "the beginning is what matters")]
    pub fn start_meeting(&self, id: i64) -> bool {
        self.sim
            .change(|world, now| meetings::start(world, now, id))
    }

    /// The host ends a meeting in Zoom; false if it does not take place.
    #[expect(clippy::must_use_candidate, reason = "the end is what matters")]
    pub fn end_meeting(&self, id: i64) -> bool {
        self.sim.change(|world, now| meetings::end(world, now, id))
    }

    /// The host takes a deleted meeting out of the trash; false if it is not there.
    #[expect(clippy::must_use_candidate, reason = "the recovery is what matters")]
    pub fn recover_meeting(&self, id: i64) -> bool {
        self.sim
            .change(|world, now| meetings::recover(world, now, id))
    }

    /// The host throws a deleted meeting out of the trash; false if it is not there.
    #[expect(clippy::must_use_candidate, reason = "the end of it is what matters")]
    pub fn purge_meeting(&self, id: i64) -> bool {
        self.sim
            .change(|world, now| meetings::purge(world, now, id))
    }

    /// The host deletes a meeting in Zoom; false if there is none, or if it takes place now.
    #[expect(clippy::must_use_candidate, reason = "the deletion is what matters")]
    pub fn delete_meeting(&self, id: i64) -> bool {
        self.sim
            .change(|world, now| meetings::remove(world, now, id))
    }

    /// The administrator of a Zoom account blocks apps, or approves them.
    pub fn set_blocks_apps(&self, account_id: &str, blocks: bool) {
        self.sim.change(|world, _| {
            world
                .accounts
                .entry(account_id.to_owned())
                .or_default()
                .blocks_apps = blocks;
        });
    }

    /// What a Zoom account pays for from now on; its limits follow from it.
    pub fn set_plan(&self, account_id: &str, plan: Plan) {
        self.sim.change(|world, _| {
            world
                .accounts
                .entry(account_id.to_owned())
                .or_default()
                .plan = plan;
        });
    }

    /// What a meeting setting is in this account where the request says nothing.
    pub fn set_account_default(&self, account_id: &str, setting: &str, value: Value) {
        self.sim.change(|world, _| {
            let account = world.accounts.entry(account_id.to_owned()).or_default();
            account.defaults.insert(setting.to_owned(), value);
        });
    }

    /// A setting follows the request again.
    pub fn unlock_account_setting(&self, account_id: &str, setting: &str) {
        self.sim.change(|world, _| {
            if let Some(account) = world.accounts.get_mut(account_id) {
                account.locked.remove(setting);
            }
        });
    }

    /// What a meeting setting is in this account whatever a request says.
    pub fn lock_account_setting(&self, account_id: &str, setting: &str, value: Value) {
        self.sim.change(|world, _| {
            let account = world.accounts.entry(account_id.to_owned()).or_default();
            account.locked.insert(setting.to_owned(), value);
        });
    }

    /// The administrator deactivates, deletes or activates a user; false if there is none.
    #[expect(clippy::must_use_candidate, reason = "the change is what matters")]
    pub fn set_standing(&self, user_email: &str, standing: Standing) -> bool {
        self.sim
            .change(|world, now| people::set_standing(world, now, user_email, standing))
    }

    /// A user moves to another Zoom account; false if there is no such user.
    #[expect(clippy::must_use_candidate, reason = "the move is what matters")]
    pub fn move_user(&self, user_email: &str, account_id: &str) -> bool {
        self.sim
            .change(|world, now| people::move_to(world, now, user_email, account_id))
    }

    /// A user gets a licence, or loses it; false if there is no such user.
    #[expect(clippy::must_use_candidate, reason = "the change is what matters")]
    pub fn set_licensed(&self, user_email: &str, licensed: bool) -> bool {
        self.sim
            .change(|world, now| people::set_licensed(world, now, user_email, licensed))
    }

    /// Lets something happen to the next events.
    pub fn mishap(&self, mishap: Mishap) {
        self.sim.change(|world, _| world.mishaps.push(mishap));
    }

    /// Events go their way again.
    pub fn clear_mishaps(&self) {
        self.sim.change(|world, _| world.mishaps.clear());
    }

    /// Loses a waiting webhook; false if none is waiting.
    #[expect(clippy::must_use_candidate, reason = "the loss is what matters")]
    pub fn lose_webhook(&self, delivery_id: u64) -> bool {
        self.sim
            .change(|world, now| webhooks::lose(world, now, delivery_id))
    }

    /// Since when an app's subscription is disabled, because its address kept failing challenges.
    #[must_use]
    pub fn webhooks_disabled_at(&self, client_id: &str) -> Option<Timestamp> {
        self.sim
            .read(|world| world.apps.get(client_id)?.hook.disabled_at)
    }

    /// The developer enables a disabled subscription; false if there is no such app.
    #[expect(clippy::must_use_candidate, reason = "the enabling is what matters")]
    pub fn enable_webhooks(&self, client_id: &str) -> bool {
        self.sim
            .change(|world, now| webhooks::enable_again(world, now, client_id))
    }

    /// What Zoom has written to the developers of apps, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.sim.read(|world| world.mails.clone())
    }

    /// The habits in force.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.sim.read(|world| world.rules.clone())
    }

    /// Other habits from now on.
    pub fn set_rules(&self, rules: Rules) {
        self.sim.change(|world, _| world.rules = rules);
    }
}
