//! An axum router on a connection: the same service for all, with the peer's address in each request.

use std::{convert::Infallible, net::SocketAddr};

use axum::{Router, extract::ConnectInfo, routing::future::RouteFuture};
use http::{Request, Response};
use hyper::body::Incoming;
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

impl hyper::service::Service<Request<Incoming>> for RouterService {
    type Response = Response<axum::body::Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let patience = request.extensions_mut().remove::<Patience>();
        // A router is always ready: its `poll_ready` does nothing.
        self.router.clone().call(request.map(|body| Arriving::new(body, patience)))
    }
}
