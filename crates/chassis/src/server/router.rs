//! An axum router on a connection: the same service for all, with the peer's address in each request.

use std::{convert::Infallible, net::SocketAddr};

use axum::{Router, body::Body, extract::ConnectInfo, routing::future::RouteFuture};
use http::{Request, Response};
use hyper::body::{Body as _, Incoming};
use tower::Service as _;

use super::arriving::{Arriving, Patience};

/// A router as the service of one connection. Handlers find the peer as `ConnectInfo<SocketAddr>`.
#[derive(Clone)]
pub struct RouterService {
    router: Router,
    peer: SocketAddr,
}

/// Gives each connection the router, for [`super::serve`].
pub fn for_router(router: Router) -> impl Fn(SocketAddr) -> RouterService + Send {
    move |peer| RouterService { router: router.clone(), peer }
}

/// A request whose body is given up when the client stops sending it. A body that is not there costs nothing.
pub fn with_patience(mut request: Request<Incoming>) -> Request<Body> {
    if request.body().is_end_stream() {
        return request.map(|_| Body::empty());
    }
    let patience = request.extensions_mut().remove::<Patience>();
    request.map(|body| Body::new(Arriving::new(body, patience)))
}

impl hyper::service::Service<Request<Incoming>> for RouterService {
    type Response = Response<axum::body::Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        // A router is always ready: its `poll_ready` does nothing.
        self.router.clone().call(with_patience(request))
    }
}
