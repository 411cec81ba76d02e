// The same question by the AWS SDK for Go: which Neptune clusters are there, and are they encrypted? With PEER_SNAPSHOTS
// in the environment, which snapshots as well.
//
// One HTTP client for all, a goroutine for each cell, at most so many at a time; clients are cheap, connections
// are shared. A line of JSON for each cell goes to standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/neptune"
	"github.com/aws/aws-sdk-go-v2/service/neptune/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"net/http"
)

type resource struct {
	Arn       string `json:"arn"`
	Encrypted *bool  `json:"encrypted"`
}

type cell struct {
	Account   string     `json:"account"`
	Region    string     `json:"region,omitempty"`
	Clusters  []resource `json:"clusters"`
	Snapshots []resource `json:"snapshots"`
	Error     string     `json:"error,omitempty"`
}

type scan struct {
	base      aws.Config
	own       string
	role      string
	snapshots bool          // are asked for
	places    chan struct{} // one is held by each cell under way
	cells     chan cell
	work      sync.WaitGroup
}

func (s *scan) hold(do func()) {
	s.places <- struct{}{}
	defer func() { <-s.places }()
	do()
}

// The account's own configuration: its role's credentials, cached, everything else shared.
func (s *scan) enter(account string) aws.Config {
	cfg := s.base.Copy()
	if account != s.own {
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(s.base),
			fmt.Sprintf("arn:aws:iam::%s:role/%s", account, s.role))
		cfg.Credentials = aws.NewCredentialsCache(provider)
	}
	return cfg
}

func (s *scan) account(ctx context.Context, account string) {
	defer s.work.Done()
	cfg := s.enter(account)
	var out *ec2.DescribeRegionsOutput
	var err error
	s.hold(func() { out, err = ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{}) })
	if err != nil {
		s.cells <- cell{Account: account, Error: err.Error()}
		return
	}
	for _, region := range out.Regions {
		s.work.Add(1)
		go s.region(ctx, cfg, account, aws.ToString(region.RegionName))
	}
}

func clusters(ctx context.Context, client *neptune.Client) ([]resource, error) {
	found := []resource{}
	pages := neptune.NewDescribeDBClustersPaginator(client, &neptune.DescribeDBClustersInput{
		Filters: []types.Filter{{Name: aws.String("engine"), Values: []string{"neptune"}}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.DBClusters {
			found = append(found, resource{aws.ToString(c.DBClusterArn), c.StorageEncrypted})
		}
	}
	return found, nil
}

func snapshots(ctx context.Context, client *neptune.Client) ([]resource, error) {
	found := []resource{}
	pages := neptune.NewDescribeDBClusterSnapshotsPaginator(client, &neptune.DescribeDBClusterSnapshotsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.DBClusterSnapshots {
			if aws.ToString(s.Engine) == "neptune" {
				found = append(found, resource{aws.ToString(s.DBClusterSnapshotArn), s.StorageEncrypted})
			}
		}
	}
	return found, nil
}

func (s *scan) region(ctx context.Context, cfg aws.Config, account, region string) {
	defer s.work.Done()
	found := cell{Account: account, Region: region}
	s.hold(func() {
		client := neptune.NewFromConfig(cfg, func(o *neptune.Options) { o.Region = region })
		var err error
		found.Clusters, err = clusters(ctx, client)
		if err == nil && s.snapshots {
			found.Snapshots, err = snapshots(ctx, client)
		}
		if err != nil {
			found.Error = err.Error()
		}
	})
	s.cells <- found
}

func (s *scan) organization(ctx context.Context) error {
	pages := organizations.NewListAccountsPaginator(organizations.NewFromConfig(s.base), &organizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, account := range page.Accounts {
			if account.State == orgtypes.AccountStateActive {
				s.work.Add(1)
				go s.account(ctx, aws.ToString(account.Id))
			}
		}
	}
	return nil
}

func run() error {
	ctx := context.Background()
	places, _ := strconv.Atoi(os.Getenv("PEER_CONCURRENCY"))
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = places, places
	})
	base, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		return err
	}
	identity, err := sts.NewFromConfig(base).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	_, withSnapshots := os.LookupEnv("PEER_SNAPSHOTS")
	s := &scan{base: base, own: aws.ToString(identity.Account), role: os.Getenv("NEPTUNE_SCAN_ROLE_NAME"), snapshots: withSnapshots,
		places: make(chan struct{}, places), cells: make(chan cell, 1024)}
	printed := make(chan struct{})
	go func() {
		out := json.NewEncoder(os.Stdout)
		for c := range s.cells {
			_ = out.Encode(c)
		}
		close(printed)
	}()
	if err := s.organization(ctx); err != nil {
		return err
	}
	s.work.Wait()
	close(s.cells)
	<-printed
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
