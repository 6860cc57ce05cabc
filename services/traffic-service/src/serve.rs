//! The tracking domain's listener: every request of every connection is given to [`click`].
//!
//! There is no router in between: what a path means is [`crate::compat`]'s to say, so a router would only find its one fallback.

use crate::{app::App, click::click};
use axum::body::Body;
use futures::FutureExt as _;
use http::{Request, Response};
use hyper::{body::Incoming, service::Service};
use signalbox_chassis::server;
use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc};

/// The service of one connection.
pub(crate) struct Tracking {
    app: Arc<App>,
    peer: SocketAddr,
}

/// Gives each connection its service.
pub(crate) fn tracking(app: Arc<App>) -> impl Fn(SocketAddr) -> Tracking + Send {
    move |peer| Tracking { app: Arc::clone(&app), peer }
}

impl Service<Request<Incoming>> for Tracking {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (app, peer) = (Arc::clone(&self.app), self.peer);
        Box::pin(click(app, peer, server::with_patience(request)).map(Ok))
    }
}
