//! The one way a request goes out and an answer comes back.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::error::{self, Class, Endpoint, Error};
use crate::transport::{Loss, Transport};
use crate::watch::{Call, Watch};

/// More than any answer of Zoom's; what is longer is not read to its end.
const BODY_LIMIT: usize = 1024 * 1024;
const TRACKING_HEADER: &str = "x-zm-trackingid";

/// A call that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    call: Call,
    transport: Arc<dyn Transport>,
    watch: Option<Arc<dyn Watch>>,
    endpoint: Endpoint,
    http: RequestBuilder,
    /// Values that must not come back in a message: Zoom repeats codes in its errors.
    sent: Vec<SecretString>,
}

impl Request {
    pub(crate) fn new(
        call: Call,
        (transport, watch): (Arc<dyn Transport>, Option<Arc<dyn Watch>>),
        endpoint: Endpoint,
        http: RequestBuilder,
        sent: Vec<SecretString>,
    ) -> Self {
        Self {
            call,
            transport,
            watch,
            endpoint,
            http,
            sent,
        }
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        Self {
            http: self.http.json(body),
            ..self
        }
    }

    pub(crate) fn query(self, query: &[(&str, &str)]) -> Self {
        Self {
            http: self.http.query(query),
            ..self
        }
    }

    /// Sends, and reads the answer as JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.answer_as(Some).await
    }

    /// Sends, and reads the answer as JSON together with Zoom's clock.
    pub(crate) async fn answer_with_time<T: DeserializeOwned>(
        self,
    ) -> Result<(T, Option<Timestamp>), Error> {
        let operation = self.call.operation;
        let answer = self.send().await?;
        let server_time = answer.server_time;
        Ok((answer.read(operation, Some)?, server_time))
    }

    /// Sends, and turns the answer's JSON into a value; `None` means that it is not what it
    /// should be.
    pub(crate) async fn answer_as<T: DeserializeOwned, U>(
        self,
        convert: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Error> {
        let operation = self.call.operation;
        self.send().await?.read(operation, convert)
    }

    /// Sends, and expects 204. Any other success is none: something between us and Zoom has
    /// answered, and nobody knows what became of the request.
    pub(crate) async fn done(self) -> Result<(), Error> {
        let operation = self.call.operation;
        let answer = self.send().await?;
        if answer.status == 204 {
            return Ok(());
        }
        let unreadable = Error::answered(operation, answer.status, Class::Unreadable);
        Err(unreadable.with_tracking_id(answer.tracking_id))
    }

    /// Sends, and gives status and body of whatever comes: for pages that are made for people.
    /// Nobody watches, since Zoom counts none of them.
    pub(crate) async fn page(self) -> Result<(u16, Vec<u8>), Error> {
        let operation = self.call.operation;
        let response = carried(self.transport.as_ref(), operation, self.http).await?;
        let status = response.status().as_u16();
        match read_body(response).await {
            Ok(body) => Ok((status, body)),
            Err(BodyError::TooLong) => Err(Error::answered(operation, status, Class::Unreadable)),
            Err(BodyError::Lost(source)) => Err(Error::cut_off(operation, status, None, source)),
        }
    }

    /// Every other call to Zoom passes here.
    async fn send(mut self) -> Result<Answer, Error> {
        let Some(watch) = self.watch.take() else {
            return self.send_unwatched().await;
        };
        let call = self.call.clone();
        if let Err(held) = watch.before(&call).await {
            return Err(Error::held(call.operation, held));
        }
        let answer = self.send_unwatched().await;
        watch.after(&call, answer.as_ref().map(drop)).await;
        answer
    }

    async fn send_unwatched(self) -> Result<Answer, Error> {
        let span = tracing::info_span!(
            "zoom call",
            operation = self.call.operation,
            status = Empty,
            tracking_id = Empty,
            elapsed_ms = Empty
        );
        self.send_in_span().instrument(span).await
    }

    async fn send_in_span(self) -> Result<Answer, Error> {
        let Self {
            call: Call { operation, .. },
            transport,
            endpoint,
            http,
            sent,
            ..
        } = self;
        let started = Instant::now();
        let response = carried(transport.as_ref(), operation, http).await?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let tracking_id = header(headers, TRACKING_HEADER).map(|id| id.chars().take(80).collect());
        let server_time = header(headers, DATE.as_str())
            .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let wait = header(headers, RETRY_AFTER.as_str()).and_then(error::retry_after);
        let body = read_body(response).await;

        let span = Span::current();
        span.record("status", status);
        span.record("tracking_id", tracking_id.as_deref());
        span.record(
            "elapsed_ms",
            u64::try_from(started.elapsed().as_millis()).ok(),
        );
        tracing::debug!("zoom answered");

        let error = match body {
            Ok(body) if (200..300).contains(&status) => {
                return Ok(Answer {
                    status,
                    tracking_id,
                    server_time,
                    body,
                });
            }
            Ok(body) => {
                let mut verdict = error::classify(endpoint, status, wait, &body);
                verdict.hide(&sent);
                Error::refused(operation, status, verdict)
            }
            Err(BodyError::TooLong) => Error::answered(operation, status, Class::Unreadable),
            Err(BodyError::Lost(source)) => Error::cut_off(operation, status, wait, source),
        };
        Err(error
            .with_tracking_id(tracking_id)
            .with_server_time(server_time))
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    tracking_id: Option<String>,
    server_time: Option<Timestamp>,
    body: Vec<u8>,
}

impl Answer {
    fn read<T: DeserializeOwned, U>(
        self,
        operation: &'static str,
        convert: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Error> {
        serde_json::from_slice(&self.body)
            .ok()
            .and_then(convert)
            .ok_or_else(|| {
                Error::answered(operation, self.status, Class::Unreadable)
                    .with_tracking_id(self.tracking_id)
            })
    }
}

async fn carried(
    transport: &dyn Transport,
    operation: &'static str,
    http: RequestBuilder,
) -> Result<Response, Error> {
    let request = match http.build() {
        Ok(request) => request,
        Err(source) => return Err(Error::unmade(operation, source)),
    };
    match transport.send(request).await {
        Ok(response) => Ok(response),
        Err(Loss::Unsent(source)) => Err(Error::unsent(operation, source)),
        Err(Loss::Unanswered(source)) => Err(Error::unanswered(operation, source)),
    }
}

enum BodyError {
    TooLong,
    Lost(reqwest::Error),
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
