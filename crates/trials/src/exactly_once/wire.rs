//! The wire between a client and the sandbox: the client can die before a request leaves, and after its answer has come.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::dying::Life;
use crate::trial::Failure;

/// A listener on loopback that passes everything on. It closes when it is dropped.
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    task: AbortHandle,
}

impl Wire {
    pub(super) async fn to(server: SocketAddr, life: Arc<Life>) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                lines.spawn(pass(client, server, Arc::clone(&life)));
            }
        });
        Ok(Self { address, task: task.abort_handle() })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(client: TcpStream, server: SocketAddr, life: Arc<Life>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // Whichever side ends first ends the line, so that a cut connection is cut at the client, too.
    tokio::select! {
        () = carry(from_client, to_server, &life) => {}
        () = carry(from_server, to_client, &life) => {}
    }
}

/// A request or an answer is one piece here: both are small, and each side waits for the other.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, life: &Life) {
    let mut piece = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        life.step().await;
        let Some(read) = piece.get(..length) else { return };
        if to.write_all(read).await.is_err() {
            return;
        }
    }
}
