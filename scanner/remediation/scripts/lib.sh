# lib.sh - what the scripts of a plan share. Sourced by each; not run by itself.
#
# A script only shows what it would do, unless it is given --execute. Reading AWS is done in either case. What was done
# is written to state/log; what was proved, to files in state/ that later scripts ask for. Each may be run again: it
# looks first, and does what is missing.
# shellcheck shell=sh disable=SC2034,SC2153 # variables are used by the scripts, and come from observed.sh and choices.sh

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null # made for each resource
. "$here/observed.sh"
# shellcheck source=/dev/null # made for each resource, and meant to be edited
. "$here/choices.sh"

state=$here/state
execute=no
flags=

for argument in "$@"; do
	case $argument in
	--execute) execute=yes ;;
	--help | -h)
		sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	--*) flags="$flags $argument" ;;
	*)
		echo "$0: \"$argument\" is no flag; see --help" >&2
		exit 2
		;;
	esac
done

# given --flag: was it on the command line?
given() {
	case "$flags " in
	*" $1 "*) return 0 ;;
	*) return 1 ;;
	esac
}

say() {
	printf '%s\n' "$*"
	if [ "$execute" = yes ]; then
		mkdir -p "$state"
		printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(basename "$0")" "$*" >>"$state/log"
	fi
}

fail() {
	say "STOP: $*" >&2
	exit 1
}

# The CLI's first version forgets AWS_ENDPOINT_URL for RDS in us-east-1; said as a flag, it counts.
call() {
	aws --region "$REGION" ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"
}

# Reads AWS: always done.
look() {
	call --output text "$@"
}

# Is it there? Tells "not there" from "could not be asked": a command that fails for any other reason ends the script.
# there NOT-FOUND-CODE COMMAND ...
there() {
	code=$1
	shift
	if found=$("$@" 2>&1); then
		return 0
	fi
	case $found in
	*"($code)"*) return 1 ;;
	*) fail "cannot look: $found" ;;
	esac
}

# Changes AWS: shown, and done with --execute.
change() {
	if [ "$execute" = yes ]; then
		say "+ aws --region $REGION $*"
		call --output text "$@" >/dev/null || fail "that did not work; nothing after it was done"
	else
		say "would run: aws --region $REGION $*"
	fi
}

# wait_until WHAT WANTED LIMIT-SECONDS COMMAND ...: asks again and again until the answer is WANTED.
wait_until() {
	what=$1
	wanted=$2
	limit=$3
	shift 3
	[ "$execute" = yes ] || return 0
	waited=0
	while :; do
		answer=$("$@" 2>&1) || true
		case $answer in
		"$wanted" | *"($wanted)"*) break ;;
		esac
		[ "$waited" -lt "$limit" ] || fail "$what: still \"$answer\" after $limit s, not \"$wanted\""
		sleep "$PAUSE"
		waited=$((waited + PAUSE))
	done
	say "$what: $wanted"
}

# prove NAME TEXT: for the scripts that come later.
prove() {
	if [ "$execute" = yes ]; then
		mkdir -p "$state"
		printf '%s\n' "$2" >"$state/$1.new"
		mv "$state/$1.new" "$state/$1"
	fi
	say "$1: $2"
}

proved() {
	[ -s "$state/$1" ]
}

# needs NAME SCRIPT: refuses unless that was proved.
needs() {
	proved "$1" || [ "$execute" = no ] || fail "there is no proof \"$1\": run $2 --execute first, and see it end well"
	proved "$1" || say "(not proved yet: $1, by $2)"
}

# The right account, before anything else: a script of one account must never run in another.
check_identity() {
	caller=$(look sts get-caller-identity --query Account) || fail "who are you? aws sts get-caller-identity does not work"
	[ "$caller" = "$ACCOUNT" ] || fail "these credentials are of account $caller; this plan is for $ACCOUNT"
	[ "$execute" = yes ] || say "Dry run in account $ACCOUNT, $REGION: nothing is changed. --execute does it."
}

# ---- what this plan makes ----

# What a plan makes it claims first, in state/claims. What bears such a name and was not claimed is somebody else's: it is
# neither used, nor changed, nor deleted.
claim() {
	[ "$execute" = yes ] || return 0
	mkdir -p "$state"
	claimed "$1" "$2" || printf '%s %s\n' "$1" "$2" >>"$state/claims"
}

claimed() {
	[ -f "$state/claims" ] && grep -qxF -- "$1 $2" "$state/claims"
}

# of_this_plan KIND NAME, of something that is there.
of_this_plan() {
	claimed "$1" "$2" ||
		fail "$1 $2 is there, and this plan did not make it: go on, or back out, in the folder that made it; is it somebody else's, choose another name in observed.sh and *.json"
}

# ---- what is asked again and again: of_KIND NAME QUERY, a part of AWS's description ----

of_cluster() {
	look neptune describe-db-clusters --db-cluster-identifier "$1" --query "DBClusters[0].$2"
}

of_instance() {
	look neptune describe-db-instances --db-instance-identifier "$1" --query "DBInstances[0].$2"
}

of_snapshot() {
	look neptune describe-db-cluster-snapshots --db-cluster-snapshot-identifier "$1" --query "DBClusterSnapshots[0].$2"
}

of_key() {
	look kms describe-key --key-id "$1" --query "KeyMetadata.$2"
}

cluster_status() {
	there DBClusterNotFoundFault of_cluster "$1" Status
}

snapshot_status() {
	there DBClusterSnapshotNotFoundFault of_snapshot "$1" Status
}

wait_for_cluster() {
	wait_until "cluster $1" available "$LIMIT" of_cluster "$1" Status
}

wait_for_snapshot() {
	wait_until "snapshot $1" available "$LIMIT" of_snapshot "$1" Status
}

# take_snapshot CLUSTER SNAPSHOT
take_snapshot() {
	if snapshot_status "$2"; then
		of_this_plan snapshot "$2"
		say "snapshot $2 is there already"
	else
		claim snapshot "$2"
		change neptune create-db-cluster-snapshot --db-cluster-identifier "$1" --db-cluster-snapshot-identifier "$2"
	fi
	wait_for_snapshot "$2"
}

delete_snapshot() {
	if snapshot_status "$1"; then
		change neptune delete-db-cluster-snapshot --db-cluster-snapshot-identifier "$1"
		wait_until "snapshot $1" DBClusterSnapshotNotFoundFault "$LIMIT" of_snapshot "$1" Status
	else
		say "snapshot $1 is not there"
	fi
}

# Only of this plan's making.
undo_snapshot() {
	if ! claimed snapshot "$1" && snapshot_status "$1"; then
		say "snapshot $1 is there, and this plan did not make it: left alone"
	else
		delete_snapshot "$1"
	fi
}

# instance_of CLUSTER INSTANCE: is it there? One of that name in another cluster ends the script.
instance_of() {
	there DBInstanceNotFound of_instance "$2" DBClusterIdentifier || return 1
	[ "$found" = "$1" ] || fail "instance $2 is there, and belongs to $found, not to $1"
}

# The members of a cluster, one a line.
members_of() {
	of_cluster "$1" 'DBClusterMembers[].[DBInstanceIdentifier]'
}

# delete_cluster CLUSTER [FINAL-SNAPSHOT]: its instances first; without a name there is no final snapshot.
delete_cluster() {
	if ! cluster_status "$1"; then
		say "cluster $1 is not there"
		return 0
	fi
	change neptune modify-db-cluster --db-cluster-identifier "$1" --no-deletion-protection --apply-immediately
	members_of "$1" >"$here/.members"
	while IFS= read -r instance; do
		[ -z "$instance" ] || [ "$instance" = None ] ||
			change neptune delete-db-instance --db-instance-identifier "$instance" --skip-final-snapshot </dev/null
	done <"$here/.members"
	rm -f "$here/.members"
	if [ -n "${2:-}" ]; then
		change neptune delete-db-cluster --db-cluster-identifier "$1" --no-skip-final-snapshot --final-db-snapshot-identifier "$2"
	else
		change neptune delete-db-cluster --db-cluster-identifier "$1" --skip-final-snapshot
	fi
	wait_until "cluster $1" DBClusterNotFoundFault "$LIMIT" of_cluster "$1" Status
}

# Only of this plan's making.
undo_cluster() {
	if ! claimed cluster "$1" && cluster_status "$1"; then
		say "cluster $1 is there, and this plan did not make it: left alone"
	else
		delete_cluster "$1"
	fi
}

# The key's ARN, for an id, an ARN or an alias; the AWS-managed key of RDS is made by its first use.
key_arn() {
	if [ "$KEY" = alias/aws/rds ]; then
		there NotFoundException of_key "$KEY" Arn || found=
	else
		there NotFoundException of_key "$KEY" Arn || fail "there is no key $KEY in $REGION"
	fi
}

# check_encrypted KIND ENCRYPTED KEY: of what AWS says of the new one.
check_encrypted() {
	key_arn
	[ "$2" = True ] || [ "$2" = true ] || fail "$1: StorageEncrypted is \"$2\", not true"
	[ -z "$found" ] || [ "$3" = "$found" ] || fail "$1: its key is $3, not $found, which was asked for"
}
