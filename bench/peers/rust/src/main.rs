//! The same question by the AWS SDK for Rust: which Neptune clusters are there, and are they encrypted? With PEER_SNAPSHOTS
//! in the environment, which snapshots as well.
//!
//! One HTTP client for all, a task for each cell, at most so many at a time. A line of JSON for each cell goes to
//! standard output.
use std::sync::Arc;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_neptune::error::DisplayErrorContext;
use aws_sdk_neptune::types::Filter;
use aws_sdk_neptune::Client;
use aws_sdk_organizations::types::AccountState;
use serde::Serialize;
use tokio::sync::{mpsc, Semaphore};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Serialize)]
struct Resource {
    arn: String,
    encrypted: Option<bool>,
}

#[derive(Serialize)]
struct Cell {
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clusters: Option<Vec<Resource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshots: Option<Vec<Resource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

struct Scan {
    base: SdkConfig,
    own: String,
    role: String,
    snapshots: bool, // are asked for
    places: Semaphore,
    cells: mpsc::UnboundedSender<Cell>,
}

impl Scan {
    fn say(&self, account: &str, region: Option<&str>, found: Result<(Vec<Resource>, Vec<Resource>), String>) {
        let (clusters, snapshots, error) = match found {
            Ok((clusters, snapshots)) => (Some(clusters), Some(snapshots), None),
            Err(error) => (None, None, Some(error)),
        };
        let _ = self.cells.send(Cell {
            account: account.into(),
            region: region.map(Into::into),
            clusters,
            snapshots,
            error,
        });
    }

    /// The account's own configuration: its role's credentials, everything else shared.
    async fn enter(&self, account: &str) -> SdkConfig {
        if account == self.own {
            return self.base.clone();
        }
        let provider = AssumeRoleProvider::builder(format!("arn:aws:iam::{account}:role/{}", self.role))
            .session_name("peer")
            .configure(&self.base)
            .build()
            .await;
        self.base
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .build()
    }

    async fn account(self: Arc<Self>, account: String) {
        let config = self.enter(&account).await;
        let regions = {
            let _place = self.places.acquire().await;
            aws_sdk_ec2::Client::new(&config).describe_regions().send().await
        };
        let regions = match regions {
            Ok(answer) => answer.regions.unwrap_or_default(),
            Err(error) => return self.say(&account, None, Err(DisplayErrorContext(error).to_string())),
        };
        let mut cells = JoinSet::new();
        for region in regions.into_iter().filter_map(|region| region.region_name) {
            cells.spawn(self.clone().region(config.clone(), account.clone(), region));
        }
        while cells.join_next().await.is_some() {}
    }

    async fn region(self: Arc<Self>, config: SdkConfig, account: String, region: String) {
        let _place = self.places.acquire().await;
        let settings = aws_sdk_neptune::config::Builder::from(&config)
            .region(Region::new(region.clone()))
            .build();
        let client = Client::from_conf(settings);
        self.say(&account, Some(&region), resources(&client, self.snapshots).await);
    }
}

async fn resources(client: &Client, with_snapshots: bool) -> Result<(Vec<Resource>, Vec<Resource>), String> {
    let found = clusters(client).await?;
    let snapshots = if with_snapshots { snapshots(client).await? } else { Vec::new() };
    Ok((found, snapshots))
}

async fn clusters(client: &Client) -> Result<Vec<Resource>, String> {
    let filter = Filter::builder().name("engine").values("neptune").build();
    let mut pages = client.describe_db_clusters().filters(filter).into_paginator().send();
    let mut clusters = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| DisplayErrorContext(error).to_string())?;
        clusters.extend(page.db_clusters.unwrap_or_default().into_iter().map(|found| Resource {
            arn: found.db_cluster_arn.unwrap_or_default(),
            encrypted: found.storage_encrypted,
        }));
    }
    Ok(clusters)
}

async fn snapshots(client: &Client) -> Result<Vec<Resource>, String> {
    let mut pages = client.describe_db_cluster_snapshots().into_paginator().send();
    let mut snapshots = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| DisplayErrorContext(error).to_string())?;
        let all = page.db_cluster_snapshots.unwrap_or_default().into_iter();
        snapshots.extend(all.filter(|found| found.engine.as_deref() == Some("neptune")).map(|found| Resource {
            arn: found.db_cluster_snapshot_arn.unwrap_or_default(),
            encrypted: found.storage_encrypted,
        }));
    }
    Ok(snapshots)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let places = std::env::var("PEER_CONCURRENCY")?.parse()?;
    let base = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let identity = aws_sdk_sts::Client::new(&base).get_caller_identity().send().await?;
    let (cells, mut found) = mpsc::unbounded_channel();
    let printer = tokio::spawn(async move {
        while let Some(cell) = found.recv().await {
            println!("{}", serde_json::to_string(&cell).expect("a cell is always JSON"));
        }
    });
    let scan = Arc::new(Scan {
        own: identity.account.unwrap_or_default(),
        role: std::env::var("NEPTUNE_SCAN_ROLE_NAME")?,
        snapshots: std::env::var_os("PEER_SNAPSHOTS").is_some(),
        places: Semaphore::new(places),
        cells,
        base,
    });
    let mut accounts = JoinSet::new();
    let mut pages = aws_sdk_organizations::Client::new(&scan.base)
        .list_accounts()
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        for account in page?.accounts.unwrap_or_default() {
            if account.state == Some(AccountState::Active) {
                accounts.spawn(scan.clone().account(account.id.unwrap_or_default()));
            }
        }
    }
    while accounts.join_next().await.is_some() {}
    drop(scan);
    printer.await?;
    Ok(())
}
