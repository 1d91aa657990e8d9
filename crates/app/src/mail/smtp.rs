//! Sending over SMTP.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Content, Mail, MailError, Mailer, Sending};

/// A letter as it is written for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// Writes letters: the pages' templates do.
pub type Writer = fn(&Mail) -> Written;

/// The address of the mail server, or the sender's, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the mail server cannot be used: {0}")]
pub struct SmtpError(String);

/// Sends through one mail server.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    write: Writer,
    patience: Duration,
}

/// How long the mail server may take for a letter: shorter than a job is leased.
pub const PATIENCE: Duration = Duration::from_mins(1);

impl Smtp {
    /// A sender through `url` (`smtp://` or `smtps://`, with user and password in it where
    /// needed), in the name of `from`. Longer than `patience` it waits for no letter.
    pub fn new(
        url: &str,
        from: &str,
        write: Writer,
        patience: Duration,
    ) -> Result<Self, SmtpError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| SmtpError(error.to_string()))?
            .timeout(Some(patience))
            .build();
        let address: Address = from
            .parse()
            .map_err(|_| SmtpError(format!("{from} is no address")))?;
        Ok(Self {
            transport,
            from: Mailbox::new(Some("OneClickRooms".to_owned()), address),
            write,
            patience,
        })
    }

    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail).map_err(MailError::Refused)?;
        let sending = self.transport.send(message);
        let Ok(sent) = tokio::time::timeout(self.patience, sending).await else {
            let waited = self.patience.as_secs();
            return Err(MailError::Later(format!("no answer within {waited} s")));
        };
        let Err(error) = sent else { return Ok(()) };
        // What it says may name the recipient, and ends up in the log.
        let said = error.to_string().replace(&mail.to.email, "the recipient");
        Err(if error.is_permanent() {
            MailError::Refused(said)
        } else {
            MailError::Later(said)
        })
    }

    /// The letter as it is sent, or why it cannot be.
    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let written = (self.write)(mail);
        let address: Address = mail.to.email.parse().map_err(|_| "no address".to_owned())?;
        let body = MultiPart::alternative()
            .singlepart(SinglePart::plain(written.text))
            .singlepart(SinglePart::html(written.html));
        let parts = match &mail.content {
            Content::Invitation { calendar, says, .. } => {
                let method = says.method();
                let kind =
                    ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
                        .map_err(|error| error.to_string())?;
                let attachment =
                    Attachment::new("booking.ics".to_owned()).body(calendar.clone(), kind);
                MultiPart::mixed().multipart(body).singlepart(attachment)
            }
            _ => body,
        };
        let mut message = Message::builder()
            .message_id(Some(format!("<{}>", mail.id)))
            .date(SystemTime::from(mail.at))
            .from(self.from.clone())
            .to(Mailbox::new(mail.to.name.clone(), address))
            .subject(written.subject)
            .multipart(parts)
            .map_err(|error| error.to_string())?;
        // So that nobody's absence note answers it (RFC 3834, 5).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message
            .headers_mut()
            .insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
        Ok(message)
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(self.deliver(mail))
    }
}
