#!/bin/sh
# The same question by the aws command line, a process for each question, PEER_CONCURRENCY accounts at a time.
set -u
export AWS_PAGER="" AWS_DEFAULT_REGION="$AWS_REGION"

# The flag, because for us-east-1 this version puts a name of its own before AWS_ENDPOINT_URL.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

# With PEER_SNAPSHOTS in the environment; else none.
# shellcheck disable=SC2016 # backticks of JMESPath
snapshots() {
	if [ -n "${PEER_SNAPSHOTS:-}" ]; then
		aws neptune describe-db-cluster-snapshots --region "$1" --output json \
			--query 'DBClusterSnapshots[?Engine==`neptune`].{arn:DBClusterSnapshotArn,encrypted:StorageEncrypted}'
	else
		echo '[]'
	fi
}

# One cell: a line of JSON.
cell() {
	account=$1 region=$2
	if clusters=$(aws neptune describe-db-clusters --region "$region" --filters Name=engine,Values=neptune \
		--query 'DBClusters[].{arn:DBClusterArn,encrypted:StorageEncrypted}' --output json 2>"$folder/$account.$region") &&
		snapshots=$(snapshots "$region" 2>"$folder/$account.$region"); then
		printf '{"account":"%s","region":"%s","clusters":%s,"snapshots":%s}\n' "$account" "$region" \
			"$(printf %s "$clusters" | tr -d '\n')" "$(printf %s "$snapshots" | tr -d '\n')"
	else
		printf '{"account":"%s","region":"%s","error":"refused"}\n' "$account" "$region"
	fi
}

# One account: into its role, then its regions.
visit() {
	account=$1
	if [ "$account" != "$own" ]; then
		keys=$(aws sts assume-role --role-arn "arn:aws:iam::$account:role/$NEPTUNE_SCAN_ROLE_NAME" --role-session-name peer \
			--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text 2>"$folder/$account") || {
			printf '{"account":"%s","error":"refused"}\n' "$account"
			return
		}
		# shellcheck disable=SC2086 # three words
		set -- $keys
		export AWS_ACCESS_KEY_ID="$1" AWS_SECRET_ACCESS_KEY="$2" AWS_SESSION_TOKEN="$3"
	fi
	for region in $(aws ec2 describe-regions --query 'Regions[].RegionName' --output text); do
		cell "$account" "$region"
	done
}

if [ "${1:-}" = visit ]; then
	visit "$2"
	exit 0
fi
folder=$(mktemp -d)
own=$(aws sts get-caller-identity --query Account --output text)
export folder own
# shellcheck disable=SC2016 # backticks of JMESPath
aws organizations list-accounts --query 'Accounts[?State==`ACTIVE`].Id' --output text | tr '\t' '\n' |
	xargs -P "$PEER_CONCURRENCY" -n 1 sh "$0" visit
rm -rf "$folder"
