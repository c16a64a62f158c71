//! Connections: how many there are, and for how long a client may keep one without using it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

/// Pause after a connection that could not be taken, for want of file handles, say. Chosen by us: as the servers of
/// hyper do.
const AGAIN: Duration = Duration::from_secs(1);

/// How much of the server clients may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. Others wait until one is closed.
    pub connections: u16,
    /// Until the head of a request has come, also of the first and of the next one on a connection.
    pub head: Duration,
    /// For which a client that is sent something takes nothing of it.
    pub write: Duration,
    /// Until what is under way is over when the server is stopped. A client that follows a session would keep it alive.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Chosen by us: four times what one process was measured with, and as many file handles as most systems
            // give (1,024 is the least; see `ulimit -n`).
            connections: 4_096,
            // Above the 60 seconds after which the balancers of the large clouds close what is idle, so that they never
            // send a request into a connection that is being closed.
            head: Duration::from_secs(75),
            // Chosen by us.
            write: Duration::from_secs(60),
            // Chosen by us: less than the ten seconds that containers are given to stop.
            stop: Duration::from_secs(8),
        }
    }
}

/// Answers what comes to `listener` by `service`, until `stopped` is there.
pub async fn serve(
    listener: TcpListener,
    service: Router,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections.into()));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let open = GracefulShutdown::new();
    let next = async || {
        let place = Arc::clone(&places).acquire_owned().await;
        (place, listener.accept().await)
    };
    let mut stopped = pin!(stopped);
    loop {
        let (place, stream) = tokio::select! {
            () = &mut stopped => break,
            next = next() => next,
        };
        let stream = match stream {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                sleep(AGAIN).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(service.clone());
        let connection = server.serve_connection(TokioIo::new(guarded(stream, limits)), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off, or is too slow, is not an error of the server.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(limits.stop, open.shutdown()).await.is_err() {
        tracing::warn!("some requests were not over when it stopped");
    }
}

/// A connection that ends when its client takes nothing.
fn guarded(stream: TcpStream, limits: Limits) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    // Answers are small: they are sent at once. Where that cannot be set they are only slower.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    Box::pin(stream)
}
