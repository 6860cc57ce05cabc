//! Around a service: tells the registry when a request begins and when its answer is out, refuses targets that are too long and addresses
//! that ask too often, and says with the last answer that it is the last one.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    service::Service,
};
use pin_project_lite::pin_project;

use super::{arriving::Patience, registry::Watch};
use crate::problem::Problem;

/// A service on one connection.
pub(super) struct Guarded<S> {
    pub inner: S,
    pub watch: Arc<Watch>,
}

/// Why the service is not asked.
#[derive(Clone, Copy)]
enum Refusal {
    UriTooLong,
    AddressRate,
}

impl Refusal {
    /// The answer; counted.
    fn answer(self, watch: &Watch) -> Response<Bytes> {
        let refusals = &watch.common().refusals;
        match self {
            Self::UriTooLong => {
                refusals.uri_too_long.increment(1);
                Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "The request target is too long")
                    .to_http()
            }
            Self::AddressRate => {
                refusals.address_rate.increment(1);
                Problem::too_many_requests(Duration::from_secs(1)).to_http()
            }
        }
    }
}

impl<S, B> Service<Request<Incoming>> for Guarded<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes>,
{
    type Response = Response<GuardedBody<B>>;
    type Error = Infallible;
    type Future = GuardedFuture<S::Future>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.watch.request_begins();
        let common = self.watch.common();
        let target_bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        let refusal = if target_bytes > common.limits.uri_bytes_max {
            Some(Refusal::UriTooLong)
        } else if !self.watch.may_ask() {
            Some(Refusal::AddressRate)
        } else {
            None
        };
        if !request.body().is_end_stream() {
            let (limit, refusals) = (common.limits.header_timeout, Arc::clone(&common.refusals));
            request.extensions_mut().insert(Patience { limit, refusals });
        }
        let inner = refusal.is_none().then(|| self.inner.call(request));
        GuardedFuture { inner, refusal, watch: Some(self.watch.clone()) }
    }
}

pin_project! {
    /// The answer to come; without an inner future it is a refusal.
    pub(super) struct GuardedFuture<F> {
        #[pin]
        inner: Option<F>,
        refusal: Option<Refusal>,
        watch: Option<Arc<Watch>>,
    }
}

impl<F, B> Future for GuardedFuture<F>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<GuardedBody<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match (this.inner.as_pin_mut(), this.watch.as_deref()) {
            (Some(inner), _) => match ready!(inner.poll(cx)) {
                Ok(response) => response.map(|body| Content::Service { body }),
                Err(never) => match never {},
            },
            (None, watch) => {
                let refusal = this.refusal.take().zip(watch).map(|(refusal, watch)| refusal.answer(watch));
                refusal.unwrap_or_default().map(|bytes| Content::Refusal { body: Full::new(bytes) })
            }
        };
        if this.watch.as_ref().is_some_and(|watch| watch.is_last()) {
            // The client learns with its answer that it has to connect anew, and never finds a connection that is just being closed.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let ended = Ended(this.watch.take());
        Poll::Ready(Ok(response.map(|content| GuardedBody { content, ended })))
    }
}

/// Tells the registry that the answer is out, when it is dropped.
struct Ended(Option<Arc<Watch>>);

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(watch) = &self.0 {
            watch.response_ends();
        }
    }
}

pin_project! {
    #[project = ContentProjection]
    enum Content<B> {
        Service { #[pin] body: B },
        Refusal { #[pin] body: Full<Bytes> },
    }
}

pin_project! {
    /// The body of an answer; the connection counts as busy until it is dropped.
    pub struct GuardedBody<B> {
        #[pin]
        content: Content<B>,
        ended: Ended,
    }
}

impl<B: Body<Data = Bytes>> Body for GuardedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().content.project() {
            ContentProjection::Service { body } => body.poll_frame(cx),
            ContentProjection::Refusal { body } => body.poll_frame(cx).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Service { body } => body.is_end_stream(),
            Content::Refusal { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Service { body } => body.size_hint(),
            Content::Refusal { body } => body.size_hint(),
        }
    }
}
