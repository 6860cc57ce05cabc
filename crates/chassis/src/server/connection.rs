//! One connection: the socket with its watch, driven until it ends or is told to.

use std::{
    convert::Infallible,
    error::Error as StdError,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::Service,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{
    guarded::Guarded,
    registry::{Order, Registration, Watch},
};

/// Serves one connection to its end.
pub(super) async fn run<S, B>(stream: TcpStream, service: S, registration: Registration)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let watch = registration.watch.clone();
    let io = TokioIo::new(Watched { stream, watch: watch.clone() });
    let guarded = Guarded { inner: service, watch: watch.clone() };
    let header_bytes_max = watch.common().limits.header_bytes_max;
    // Never `pipeline_flush`: with it hyper buffers a body without bound when the client does not take it.
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(header_bytes_max.max(8_192))
        .max_header_size(header_bytes_max)
        .serve_connection(io, guarded);
    let mut connection = pin!(connection);
    let mut finishing = false;
    let ended = std::future::poll_fn(|cx| {
        watch.set_waker(cx.waker());
        match watch.order() {
            Order::Abort => return Poll::Ready(Ok(())),
            Order::Finish if !finishing => {
                finishing = true;
                connection.as_mut().graceful_shutdown();
            }
            _ => {}
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        // Clients go away and send nonsense all the time; that is their affair.
        watch.common().refusals.count(&error);
        tracing::debug!(%error, "connection ended");
    }
    drop(registration);
}

/// A socket that tells its watch when bytes come and when the client does not take ours.
struct Watched {
    stream: TcpStream,
    watch: Arc<Watch>,
}

impl Watched {
    fn written<T>(&self, result: Poll<T>) -> Poll<T> {
        self.watch.writing(result.is_pending());
        result
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if result.is_ready() {
            self.watch.received();
        }
        result
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let result = match bufs {
            // A head without a body: a plain send costs the kernel less than a vectored one.
            [head] => stream.poll_write(cx, head),
            _ => stream.poll_write_vectored(cx, bufs),
        };
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
