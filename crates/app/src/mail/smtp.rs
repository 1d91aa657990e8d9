//! Sending over SMTP.

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use rooms_core::booking::BookingState;

use super::{Content, Mail, MailError, Mailer, Recipient, Sending};

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
}

impl Smtp {
    /// A sender through `url` (`smtp://` or `smtps://`, with user and password in it where
    /// needed), in the name of `from`.
    pub fn new(url: &str, from: &str, write: Writer) -> Result<Self, SmtpError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| SmtpError(error.to_string()))?
            .timeout(Some(std::time::Duration::from_secs(20)))
            .build();
        let address: Address = from
            .parse()
            .map_err(|_| SmtpError(format!("{from} is no address")))?;
        Ok(Self {
            transport,
            from: Mailbox::new(Some("OneClickRooms".to_owned()), address),
            write,
        })
    }

    async fn deliver(&self, to: &Recipient, mail: &Mail) -> Result<(), MailError> {
        let refused = |why: String| MailError::Refused(why);
        let written = (self.write)(mail);
        let address: Address = to
            .email
            .parse()
            .map_err(|_| refused("no address".to_owned()))?;
        let body = MultiPart::alternative()
            .singlepart(SinglePart::plain(written.text))
            .singlepart(SinglePart::html(written.html));
        let parts = match &mail.content {
            Content::Invitation {
                calendar, booked, ..
            } => {
                let cancelled = booked.booking.state == BookingState::Cancelled;
                let method = if cancelled { "CANCEL" } else { "REQUEST" };
                let kind =
                    ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
                        .map_err(|error| refused(error.to_string()))?;
                let attachment =
                    Attachment::new("booking.ics".to_owned()).body(calendar.clone(), kind);
                MultiPart::mixed().multipart(body).singlepart(attachment)
            }
            _ => body,
        };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(to.name.clone(), address))
            .subject(written.subject)
            .multipart(parts)
            .map_err(|error| refused(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Refused(error.to_string())),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, to: &'a Recipient, mail: &'a Mail) -> Sending<'a> {
        Box::pin(self.deliver(to, mail))
    }
}
