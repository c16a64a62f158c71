//! Stands before several workers as one address, as a service of Kubernetes does: each connection goes to the next one.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Addresses of workers, which change when one is started anew.
pub type Behind = Arc<Mutex<Vec<String>>>;

/// The address of the balancer, and the workers behind it. It lasts as long as the test.
pub fn balance(workers: Vec<String>) -> (String, Behind) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behind = Arc::new(Mutex::new(workers));
    let workers = Arc::clone(&behind);
    thread::spawn(move || {
        for (turn, client) in listener.incoming().enumerate() {
            let mut workers = workers.lock().unwrap().clone();
            let first = turn % workers.len();
            workers.rotate_left(first);
            let connect = |url: &String| TcpStream::connect(url.trim_start_matches("http://")).ok();
            // One that is dead is passed over; without any the connection ends here.
            let (Ok(client), Some(worker)) = (client, workers.iter().find_map(connect)) else {
                continue;
            };
            pass(client.try_clone().unwrap(), worker.try_clone().unwrap());
            pass(worker, client);
        }
    });
    (url, behind)
}

/// Passes on what one says to the other, until one of them ends.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from.read(&mut bytes)
            && to.write_all(&bytes[..count]).is_ok()
        {}
        // They may be closed already.
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}
