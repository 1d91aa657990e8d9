//! A client that costs little: one kept-alive connection, one request at a time.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A connection to the server.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    at: SocketAddr,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The last cookie it sets, as it is sent back.
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(at: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(at).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            at,
        })
    }

    pub(crate) async fn get(&mut self, path: &str, headers: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, headers, b"").await
    }

    /// Asks; `headers` are whole lines.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        self.send(method, path, headers, body).await?;
        self.answer().await
    }

    /// Asks without waiting for an answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<()> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n",
            self.at,
            body.len()
        );
        self.stream
            .write_all(&[head.as_bytes(), body].concat())
            .await?;
        Ok(())
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        let status = self.line().await?;
        let status = status.split(' ').nth(1).context("a status")?.parse()?;
        let (mut length, mut chunked, mut cookie) = (None, false, None);
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse::<usize>()?),
                "transfer-encoding" => chunked = value.trim() == "chunked",
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    cookie = Some(pair.trim().to_owned());
                }
                _ => {}
            }
        }
        let body = match length {
            _ if chunked => self.chunks().await?,
            Some(length) => self.bytes(length).await?,
            None if status == 304 || status == 204 => Vec::new(),
            None => bail!("an answer without a length"),
        };
        Ok(Answer {
            status,
            cookie,
            body,
        })
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(
            self.stream.read_line(&mut line).await? > 0,
            "the server hung up"
        );
        Ok(line.trim_end().to_owned())
    }

    async fn bytes(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line().await?, 16)?;
            body.extend(self.bytes(length).await?);
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}
