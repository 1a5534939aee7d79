//! A server on this machine that lies about where to go next, and strangers beside it who must hear
//! of nobody: on another port, and on its own port of other addresses.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request as the server heard it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) target: String,
    /// All of the request, the token included.
    pub(crate) text: String,
}

/// The ports of a server and of the stranger beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) own: u16,
    pub(crate) other: u16,
}

/// A server, and the strangers.
pub(crate) struct LyingServer {
    pub(crate) places: Places,
    heard: Log,
    heard_by_strangers: Log,
    tasks: Vec<JoinHandle<()>>,
}

type Log = Arc<Mutex<Vec<Heard>>>;

impl LyingServer {
    /// Answers each request with the text that `lie` makes of it: a whole response of HTTP.
    pub(crate) async fn start(
        lie: impl Fn(&Heard, Places) -> String + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let places = Places { own, other: stranger.local_addr().unwrap().port() };
        let (heard, heard_by_strangers) = (Log::default(), Log::default());
        let lie = move |heard: &Heard| lie(heard, places);
        let mut tasks = vec![serve(listener, heard.clone(), lie)];
        let mut strangers = vec![stranger];
        // Not every machine has these.
        for host in ["127.0.0.2", "[::1]"] {
            strangers.extend(TcpListener::bind(format!("{host}:{own}")).await.ok());
        }
        let answer = |_: &Heard| response(418, "", "");
        let log = &heard_by_strangers;
        tasks.extend(strangers.into_iter().map(|each| serve(each, log.clone(), answer)));
        Self { places, heard, heard_by_strangers, tasks }
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.places.own)
    }

    /// What the server heard of targets with this text in them, as `{method} {target}`.
    pub(crate) fn heard(&self, part: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let heard = heard.iter().filter(|heard| heard.target.contains(part));
        heard.map(|heard| format!("{} {}", heard.method, heard.target)).collect()
    }

    /// Nobody has come to a stranger, and whoever came to the server came by the name that it was
    /// given.
    #[track_caller]
    pub(crate) fn nobody_else_was_asked(&self) {
        let strangers = self.heard_by_strangers.lock().unwrap();
        assert!(strangers.is_empty(), "{:?}", strangers[0]);
        let host = format!("\r\nhost: 127.0.0.1:{}\r\n", self.places.own);
        for heard in &*self.heard.lock().unwrap() {
            assert!(heard.text.to_ascii_lowercase().contains(&host), "{}", heard.text);
        }
    }
}

impl Drop for LyingServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Notes each request and answers it.
fn serve(
    listener: TcpListener, log: Log, answer: impl Fn(&Heard) -> String + Send + Sync + 'static,
) -> JoinHandle<()> {
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (log, answer) = (log.clone(), answer.clone());
            tokio::spawn(async move { answer_one(stream, &log, &*answer).await });
        }
    })
}

/// Reads a request to its end and answers it.
async fn answer_one(
    mut stream: TcpStream, log: &Mutex<Vec<Heard>>, answer: impl Fn(&Heard) -> String,
) {
    let mut bytes = Vec::new();
    while !is_complete(&bytes) {
        match stream.read_buf(&mut bytes).await {
            // Whoever speaks something else, as TLS, is heard too.
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut words = text.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let heard = Heard { method, target, text };
    let answer = answer(&heard);
    log.lock().unwrap().push(heard);
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn is_complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// A response of HTTP with these headers, each of which ends its line, and this body.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} As Told\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// URLs of other origins than the server's, each with this path, as a header can have them.
pub(crate) fn foreign_urls(places: Places, path: &str) -> Vec<String> {
    let Places { own, other } = places;
    [
        // Elsewhere, written in each way.
        format!("http://127.0.0.1:{other}"),
        format!("HTTP://127.0.0.1:{other}"),
        format!("//127.0.0.1:{other}"),
        format!("http:\\\\127.0.0.1:{other}"),
        format!("\\\\127.0.0.1:{other}"),
        format!("/\\127.0.0.1:{other}"),
        format!("/\t/127.0.0.1:{other}"),
        format!("ht\ttp://127.0.0.1:{other}"),
        format!("http://2130706433:{other}"),
        format!("http://0x7f.1:{other}"),
        format!("http://127.0.0.%31:{other}"),
        format!("http://127.0.0.1:{own}@127.0.0.1:{other}"),
        format!("http://127.0.0.1%3A{own}@127.0.0.1:{other}"),
        // Almost here.
        format!("http://127.0.0.2:{own}"),
        format!("http://localhost:{own}"),
        format!("http://localhost.:{own}"),
        format!("http://LOCALHOST:{own}"),
        format!("http://127.0.0.1.evil.localhost:{own}"),
        format!("http://xn--127-xmc.localhost:{own}"),
        format!("http://[::1]:{own}"),
        format!("http://[::ffff:127.0.0.1]:{own}"),
        format!("http://user@127.0.0.1:{own}"),
        format!("http://:canary@127.0.0.1:{own}"),
        format!("https://127.0.0.1:{own}"),
        format!("ftp://127.0.0.1:{other}"),
        "http://127.0.0.1".to_owned(),
        "http://127.0.0.1:80".to_owned(),
        "http://127.0.0.1:443".to_owned(),
    ]
    .map(|origin| format!("{origin}{path}"))
    .into()
}

/// The same as a body can have them besides.
pub(crate) fn foreign_urls_of_a_body(places: Places, path: &str) -> Vec<String> {
    let other = places.other;
    let more = [
        format!("http://127.0.0.1:{other}\n{path}"),
        format!("\n//127.0.0.1:{other}{path}"),
        format!("/\r\n/127.0.0.1:{other}{path}"),
        format!("http://127。0。0。1:{other}{path}"),
        format!("http://①②⑦.0.0.1:{other}{path}"),
    ];
    foreign_urls(places, path).into_iter().chain(more).collect()
}

/// URLs of the server's origin, each with this path.
pub(crate) fn own_urls(places: Places, path: &str) -> Vec<String> {
    let own = places.own;
    vec![
        path.to_owned(),
        format!("http://127.0.0.1:{own}{path}"),
        format!("HTTP://127.0.0.1:{own}{path}"),
        format!("//127.0.0.1:0{own}{path}"),
        format!("http://2130706433:{own}{path}"),
        format!("\thttp://127.0.0.%31:{own}{path}"),
    ]
}
