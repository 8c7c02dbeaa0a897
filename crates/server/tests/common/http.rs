//! A client: one kept connection, no more of HTTP than the server here needs.

use std::{fmt::Write as _, io, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Longest wait for an answer. A server that hangs fails its test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(90);

/// An answer: status and body.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type.
    pub media: String,
    /// The body: JSON, or plain text; null when it is neither.
    pub body: Value,
}

impl Answer {
    /// Whether what was asked for was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The stable code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The digits of the visit number.
    pub fn number(&self) -> String {
        self.body["number"].as_str().unwrap_or_default().replace('-', "")
    }
}

/// One connection, opened again when it is lost.
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    /// A client of the server at `address`.
    pub const fn of(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and waits for its answer. An error says that there is none: whether it was done is unknown.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() {
            request.push_str("Content-Type: application/json\r\n");
        }
        let _ = write!(request, "Content-Length: {}\r\n\r\n{body}", body.len());
        let exchange = async {
            stream.write_all(request.as_bytes()).await?;
            read_answer(&mut stream).await
        };
        let answer =
            tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| io::ErrorKind::TimedOut)??;
        self.stream = Some(stream);
        Ok(answer)
    }

    /// GET that must answer 200.
    pub async fn get(&mut self, path: &str) -> Value {
        let answer = self.send("GET", path, &[], None).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// PUT that must answer 200.
    pub async fn put(&mut self, path: &str, body: Value) -> Value {
        let answer = self.send("PUT", path, &[], Some(&body)).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Every item of a list that pages by `next`, passed on as `parameter`.
    pub async fn all(&mut self, path: &str, parameter: &str, first: Option<&str>) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), first.map(str::to_owned));
        loop {
            let from = next.map(|next| format!("&{parameter}={next}")).unwrap_or_default();
            let page = self.get(&format!("{path}{from}")).await;
            items.extend(page["items"].as_array().into_iter().flatten().cloned());
            next = page["next"].as_str().map(str::to_owned);
            if next.is_none() {
                return items;
            }
        }
    }
}

async fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut buffer = Vec::with_capacity(4_096);
    let head_end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let bad = |what: &'static str| io::Error::new(io::ErrorKind::InvalidData, what);
    let head = std::str::from_utf8(&buffer[..head_end]).map_err(|_| bad("a head that is no text"))?;
    let field = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned())
    };
    let status = head.get(9..12).and_then(|text| text.parse().ok()).ok_or(bad("no status"))?;
    let length: usize = match status {
        // Has no body, and says no length.
        204 => 0,
        _ => field("content-length").and_then(|text| text.parse().ok()).ok_or(bad("no Content-Length"))?,
    };
    let media = field("content-type").unwrap_or_default();
    while buffer.len() < head_end + length {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let body = match std::str::from_utf8(&buffer[head_end..]) {
        Ok(text)
            if ["text/plain", "application/openmetrics-text"].iter().any(|kind| media.starts_with(kind)) =>
        {
            Value::from(text)
        }
        _ => serde_json::from_slice(&buffer[head_end..]).unwrap_or(Value::Null),
    };
    Ok(Answer { status, media, body })
}
