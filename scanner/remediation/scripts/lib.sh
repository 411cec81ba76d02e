# lib.sh - what the scripts of a plan share. Sourced by each; not run by itself.
#
# Without --execute a script is a dry run: it reads from AWS and changes nothing. What was done is written to state/log, with
# AWS's error where a call failed. A gate that was passed is recorded in a file of state/, which later scripts require. Each
# script can run again: it reads the current state first, and does what is missing.
#
# A cluster is known by its resource id (DbClusterResourceId), never by its name alone: names change and are used again.
# shellcheck shell=sh disable=SC2034,SC2153 # variables are used by the scripts, and come from observed.sh and choices.sh

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null # written for each resource
. "$here/observed.sh"
# shellcheck source=/dev/null # written for each resource, and meant to be edited
. "$here/choices.sh"

state=$here/state
execute=no
flags=
errors=
locked=no
# Not taken from the caller's environment.
region=
old=
new=
left_alone=

# A failure in a subshell - $(...), a pipe - ends the script, too: a response that could not be read does not count as empty.
trap 'exit 1' USR1

# ---- messages ----

log() {
	[ "$execute" = no ] || [ ! -d "$state" ] || printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(basename "$0")" "$*" >>"$state/log"
}

say() {
	printf '%s\n' "$*"
	log "$*"
}

fail() {
	printf 'ERROR: %s\n' "$*" >&2
	log "ERROR: $*"
	kill -s USR1 $$
	exit 1
}

# FLAGS, set by the script, names the flags that it knows.
for argument in "$@"; do
	case $argument in
	--execute) execute=yes ;;
	--help | -h)
		sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	*)
		case " ${FLAGS-} " in
		*" $argument "*) flags="$flags $argument" ;;
		*)
			echo "$0: unknown flag \"$argument\". --help lists the flags" >&2
			exit 2
			;;
		esac
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

# ---- time ----

# iso EPOCH: as AWS writes it, in UTC; GNU's date, or BSD's.
iso() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%S 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%S
}

# second TIME: of a time as AWS writes it. AWS CLI 1 and 2 differ behind the seconds: no time is compared or kept with more.
second() {
	printf %s "$1" | cut -c1-19
}

# before A B: of two times as AWS writes them.
before() {
	a=$(second "$1")
	b=$(second "$2")
	[ "$a" != "$b" ] && [ "$(printf '%s\n%s\n' "$a" "$b" | sort | head -n 1)" = "$a" ]
}

# epoch TIME: of one with an offset (Z, +02:00); false where it cannot be read.
epoch() {
	date -u -d "$1" +%s 2>/dev/null ||
		date -j -f %Y-%m-%dT%H:%M:%S%z "$(second "$1")$(printf %s "$1" | cut -c20- | sed 's/^\.[0-9]*//; s/Z$/+0000/; s/://')" +%s 2>/dev/null
}

# How far this machine's clock and AWS's can differ, in seconds: AWS refuses what is signed at another time.
SKEW=300

# ---- AWS ----

# The first version of the CLI forgets AWS_ENDPOINT_URL for RDS in us-east-1; as a flag, it counts.
call() {
	aws --region "${region:-$REGION}" ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} --output text "$@"
}

# attempt COMMAND ...: sets answer to what it printed; on failure false, trouble to its message, code to AWS's error code.
attempt() {
	trouble=
	code=
	if answer=$("$@" 2>"$errors" </dev/null); then
		return 0
	fi
	trouble=$(tr '\n' ' ' <"$errors")
	code=$(printf %s "$trouble" | sed -n 's/.*An error occurred (\([A-Za-z0-9.]*\)).*/\1/p')
	log "AWS: $trouble"
	return 1
}

# True if a retry would fail the same way: expired credentials and refusals are final; throttling, server errors and network
# errors are temporary.
is_final() {
	case $code in
	Throttling* | ThrottledException | RequestLimitExceeded | TooManyRequestsException | ServiceUnavailable* | *Internal* | RequestTimeout*) return 1 ;;
	'') case $trouble in
		*'Could not connect'* | *'onnection was closed'* | *'imeout'* | *'timed out'*) return 1 ;;
		*) return 0 ;;
		esac ;;
	*) return 0 ;;
	esac
}

# True if AWS refused the last call, so that nothing was changed.
is_refused() {
	case $code in
	'' | ExpiredToken* | RequestExpired*) return 1 ;;
	*) is_final ;;
	esac
}

# The last error, and how to fix it.
why() {
	case "$code $trouble" in
	ExpiredToken* | RequestExpired* | *'oken has expired'* | *'Unable to locate credentials'*)
		echo "the credentials have expired. Renew them and run this script again. AWS: $trouble" ;;
	AccessDenied* | UnauthorizedOperation* | *'not authorized'*)
		echo "a permission is missing (operator-policy.json), or a policy denies the call. AWS: $trouble" ;;
	*) echo "AWS: $trouble" ;;
	esac
}

# look COMMAND ...: prints a response of AWS; an error ends the script.
look() {
	attempt call "$@" || fail "AWS could not be read: $(why)"
	printf '%s\n' "$answer"
}

# there NOT-FOUND-CODE COMMAND ...: sets found; false if the resource does not exist. Any other error ends the script.
there() {
	absent=$1
	shift
	if attempt call "$@"; then
		found=$answer
		return 0
	fi
	found=
	[ "$code" = "$absent" ] || fail "AWS could not be read: $(why)"
	return 1
}

# change COMMAND ...: printed, and run with --execute; answer is the response, as --query selects it.
change() {
	try_change "$@" || not_done
}

not_done() {
	fail "this call failed, and the script stopped: $(why)"
}

try_change() {
	if [ "$execute" = no ]; then
		say "would run: aws --region ${region:-$REGION} $*"
		answer=
		return 0
	fi
	say "+ aws --region ${region:-$REGION} $*"
	attempt call "$@"
}

# make KIND NAME COMMAND ...: claims the name and creates the resource. If AWS refused the call, the claim ends: a later resource of
# that name belongs to others.
make() {
	claim=$state/claims/$1.$2
	claimed=no
	[ ! -s "$claim" ] || claimed=yes
	claim "$1" "$2"
	shift 2
	try_change "$@" || {
		[ "$claimed" = yes ] || ! is_refused || rm -f "$claim"
		not_done
	}
}

# await WHAT WANTED COMMAND ...: polls until the response, or the error code, is WANTED; LIMIT seconds at most. False at once in a
# state that does not lead to it, and after a final error; waited is the reason. All states of a loader job are final but those named.
await() {
	what=$1
	wanted=$2
	shift 2
	[ "$execute" = yes ] || return 0
	deadline=$(($(date +%s) + LIMIT))
	while :; do
		if attempt "$@"; then
			[ "$answer" != "$wanted" ] || break
			case $wanted.$answer in
			LOAD_COMPLETED.LOAD_NOT_STARTED | LOAD_COMPLETED.LOAD_IN_*) ;;
			available.deleting | available.failed | available.incompatible-* | available.inaccessible-* | available.stopped | available.stopping | \
				available.storage-full | available.restore-error | LOAD_COMPLETED.LOAD_* | *NotFound*.failed)
				waited="$what is $answer, and cannot become $wanted"
				return 1
				;;
			esac
		else
			answer=$code
			[ "$code" != "$wanted" ] || break
			if is_final; then
				waited="$what: waiting for $wanted failed: $(why)"
				return 1
			fi
		fi
		if [ "$(date +%s)" -ge "$deadline" ]; then
			waited="$what: still \"$answer\" after $LIMIT s, not \"$wanted\" (LIMIT in choices.sh). Run this script again to continue"
			return 1
		fi
		sleep "$PAUSE"
	done
	say "$what: $wanted"
}

# wait_until WHAT WANTED COMMAND ...: the same; ends the script if the state is not reached.
wait_until() {
	await "$@" || fail "$waited"
}

# ---- gates ----

# record NAME TEXT: a gate that was passed.
record() {
	if [ "$execute" = yes ]; then
		printf '%s\n' "$2" >"$state/$1.new"
		mv "$state/$1.new" "$state/$1"
	fi
	say "$1: $2"
}

recorded() {
	[ -s "$state/$1" ]
}

# needs NAME SCRIPT: ends the script unless that gate is recorded; a dry run only prints it.
needs() {
	recorded "$1" || [ "$execute" = no ] || fail "gate \"$1\" is not passed. Run $2 --execute first"
	recorded "$1" || say "NOTE: gate \"$1\" is not passed yet ($2)"
}

# forget NAME ...: deletes records of gates that are no longer valid.
forget() {
	[ "$execute" = yes ] || return 0
	for gate in "$@"; do
		rm -f "$state/$gate"
	done
}

whoami_aws() {
	look sts get-caller-identity --query Arn
}

# ---- before anything else ----

finish() {
	[ "$locked" = no ] || rm -rf "$state/lock"
	[ -z "$errors" ] || rm -f "$errors" "$errors".*
}

# One operator at a time. A lock whose process has ended on this machine is taken over by exactly one other process: the folder named
# after the process can be created once.
take_lock() {
	holder="$(id -un)@$(uname -n) $$"
	if ! mkdir "$state/lock" 2>/dev/null; then
		other=$(cat "$state/lock/holder" 2>/dev/null || true)
		case $other in
		"$(id -un)@$(uname -n) "*) ! kill -0 "${other##* }" 2>/dev/null || fail "$other is running a script of this folder. Wait until it ends" ;;
		*) fail "${other:-another operator} is running a script of this folder. If that script has ended, remove state/lock" ;;
		esac
		if ! mkdir "$state/lock/after-${other##* }" 2>/dev/null || [ "$(cat "$state/lock/holder" 2>/dev/null)" != "$other" ]; then
			fail "another operator is running a script of this folder since $other ended. If that script has ended, too, remove state/lock"
		fi
	fi
	locked=yes
	printf '%s\n' "$holder" >"$state/lock/holder"
}

# The folder and its state belong together. The first script records the resource in state/subject.
check_state() {
	subject="2 $RUN $ACCOUNT $REGION $RESOURCE ${OLD_RESOURCE_ID:-}"
	for entry in "$state"/*; do
		case ${entry##*/} in
		lock | '*') ;;
		*)
			[ -f "$state/subject" ] || fail "state/ was written by another version of neptune-scan. Finish or back out with the scripts that wrote it"
			[ "$(cat "$state/subject")" = "$subject" ] || fail "state/ belongs to another resource ($(cat "$state/subject")), this folder to $RESOURCE: it was copied. Remove the copied state/"
			return 0
			;;
		esac
	done
	[ "$execute" = no ] || {
		printf '%s\n' "$subject" >"$state/.subject"
		mv "$state/.subject" "$state/subject"
	}
}

# The scripts, observed.sh and choices.sh belong together. A setting that this kind of folder does not have is not checked.
check_choices() {
	[ "${PLAN_FORMAT:-1}" = 2 ] || fail "observed.sh was written by another version of neptune-scan (format ${PLAN_FORMAT:-1}, this lib.sh reads 2). Use the folder's own scripts, or create a new plan"
	whole_number LIMIT "${LIMIT-0}" 0
	whole_number QUIET "${QUIET-0}" 0
	whole_number SOAK_DAYS "${SOAK_DAYS-0}" 0
	whole_number KEEP_FINAL_DAYS "${KEEP_FINAL_DAYS-0}" 0
	whole_number MAX_LAG "${MAX_LAG-0}" 0
	whole_number COUNT_TIMEOUT "${COUNT_TIMEOUT-1}" 1
	whole_number SAMPLES "${SAMPLES-1}" 1
	whole_number METRIC_PERIOD "${METRIC_PERIOD-60}" 1
	case ${METRIC_PERIOD-60} in
	1 | 5 | 10 | 30) ;;
	*) [ $((${METRIC_PERIOD-60} % 60)) = 0 ] || fail "choices.sh: METRIC_PERIOD is \"$METRIC_PERIOD\"; it must be 1, 5, 10, 30 or a multiple of 60 seconds (CloudWatch)" ;;
	esac
	case ${PAUSE-0} in
	'' | *[!0-9.]* | *.*.* | .) fail "choices.sh: PAUSE is \"$PAUSE\"; it must be a number of seconds" ;;
	esac
	one_of DATA_CHECK "${DATA_CHECK:-opencypher}" opencypher gremlin
	one_of CUT_OVER "${CUT_OVER:-rename}" rename new-endpoint
	one_of COMMITS "${COMMITS:-auto}" auto streams cloudwatch
	one_of REPLAY "${REPLAY:-no}" no yes
}

# whole_number NAME VALUE LEAST
whole_number() {
	case $2 in
	'' | *[!0-9]* | 0?* | ??????????*) ;;
	*) [ "$2" -lt "$3" ] || return 0 ;;
	esac
	fail "choices.sh: $1 is \"$2\"; it must be a whole number, $3 or more, without leading zeros"
}

# one_of NAME VALUE ALLOWED ...
one_of() {
	name=$1
	value=$2
	shift 2
	for allowed in "$@"; do
		[ "$value" != "$allowed" ] || return 0
	done
	fail "choices.sh: $name is \"$value\"; it must be one of: $*"
}

# A session that expires in the middle of a step leaves it incomplete. An access key without a session token does not expire.
check_expiration() {
	ends=${AWS_CREDENTIAL_EXPIRATION:-}
	if [ -z "$ends" ]; then
		[ -z "${AWS_ACCESS_KEY_ID:-}" ] || [ -n "${AWS_SESSION_TOKEN:-}" ] || return 0
		if attempt aws configure export-credentials --format process; then
			ends=$(printf %s "$answer" | sed -n 's/.*"Expiration": *"\([^"]*\)".*/\1/p')
			answer=
			[ -n "$ends" ] || return 0
		fi
	fi
	if ends_at=$(epoch "${ends:-unseen}"); then
		[ "$ends_at" -ge $(($(date +%s) + 900)) ] || fail "the credentials expire at $ends, in less than 15 minutes. Renew them first"
	else
		say "NOTE: it is not known when the credentials expire ${ends:+($ends) }(AWS CLI 2 shows it). Make sure that they last for this script"
	fi
}

# begin: checks account, credentials, folder and lock. A script of one account never runs in another.
begin() {
	errors=$(mktemp)
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
	check_choices
	if [ "$execute" = yes ]; then
		mkdir -p "$state"
		take_lock
	fi
	check_state
	# A resource that is being deleted is not used further: the backout may have started without a last snapshot.
	[ "${0##*/}" = backout.sh ] || ! recorded backout-begun || fail "backout.sh is not complete. Run backout.sh --execute until it succeeds"
	attempt call sts get-caller-identity --query Account || fail "no usable AWS credentials (aws sts get-caller-identity failed): $(why)"
	[ "$answer" = "$ACCOUNT" ] || fail "wrong account: the credentials belong to $answer, the plan is for $ACCOUNT"
	check_expiration
	[ "$execute" = yes ] || say "Dry run in account $ACCOUNT, $REGION: nothing is changed. Add --execute to apply."
}

# ---- resources that this plan creates ----

# claim KIND NAME: before the resource is created. A resource of such a name that this plan did not create belongs to others: it is
# neither used, nor changed, nor deleted.
claim() {
	[ "$execute" = yes ] || return 0
	mkdir -p "$state/claims"
	[ -s "$state/claims/$1.$2" ] || printf '%s -\n' "$(date -u +%s)" >"$state/claims/$1.$2"
}

# made KIND NAME IDENTITY: after the response with the identity of the resource.
made() {
	[ "$execute" = yes ] || return 0
	printf '%s %s\n' "$(cut -d' ' -f1 "$state/claims/$1.$2")" "$3" >"$state/claims/$1.$2"
}

unclaim() {
	[ "$execute" = no ] || rm -f "$state/claims/$1.$2"
}

# made_id KIND NAME: the identity of the resource that this plan created; empty if there is none.
made_id() {
	[ ! -s "$state/claims/$1.$2" ] || cut -d' ' -f2 "$state/claims/$1.$2" | sed 's/^-$//'
}

# is_own KIND NAME IDENTITY CREATED: true if this plan created the resource. A claim whose response was lost matches a resource that
# was created after it.
is_own() {
	[ -s "$state/claims/$1.$2" ] || return 1
	[ "$(made_id "$1" "$2")" != "$3" ] || return 0
	[ -z "$(made_id "$1" "$2")" ] || return 1
	! before "$4" "$(iso $(($(cut -d' ' -f1 "$state/claims/$1.$2") - SKEW)))" || return 1
	made "$1" "$2" "$3"
}

# made_after KIND NAME CREATED EPOCH: true if it was claimed since that time of this machine's clock, and AWS's time does not contradict.
made_after() {
	[ "$(cut -d' ' -f1 "$state/claims/$1.$2")" -ge "$4" ] && ! before "$3" "$(iso $(($4 - SKEW)))"
}

not_ours() {
	fail "$1 $2 exists, and this plan did not create it. Continue, or back out, in the folder that created it; if it belongs to others, choose another name in observed.sh and *.json"
}

# ---- reading: of_KIND NAME QUERY, a part of AWS's description ----

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

# cluster_by_id ID: found is its current name; false, and empty, if there is none.
cluster_by_id() {
	case $1 in
	cluster-*[!A-Za-z0-9-]*) fail "\"$1\" is not the resource id of a cluster" ;;
	cluster-?*) ;;
	*) fail "\"$1\" is not the resource id of a cluster. Scan again and create a new plan" ;;
	esac
	settled_by=$(($(date +%s) + LIMIT))
	while :; do
		attempt call neptune describe-db-clusters --query "DBClusters[?DbClusterResourceId=='$1'].[DBClusterIdentifier,Status]" || fail "AWS could not be read: $(why)"
		found=$(printf '%s\n' "$answer" | grep -v -e '^$' -e '^None$' || true)
		case $found in
		*'	renaming') ;; # its name is about to be another
		*) break ;;
		esac
		[ "$(date +%s)" -lt "$settled_by" ] || fail "cluster $1 is still being renamed after $LIMIT s. Run this script again to continue"
		sleep "$PAUSE"
	done
	found=${found%%	*}
	[ -n "$found" ]
}

# cluster_named NAME: found is its resource id; false when there is none.
cluster_named() {
	there DBClusterNotFoundFault neptune describe-db-clusters --db-cluster-identifier "$1" --query 'DBClusters[0].DbClusterResourceId'
}

# snapshot_named NAME: found is its identity, the second in which it was taken.
snapshot_named() {
	there DBClusterSnapshotNotFoundFault neptune describe-db-cluster-snapshots --db-cluster-snapshot-identifier "$1" \
		--query 'DBClusterSnapshots[0].SnapshotCreateTime' || return 1
	found=$(second "$found")
}

wait_for_cluster() {
	wait_until "cluster $1" available call neptune describe-db-clusters --db-cluster-identifier "$1" --query 'DBClusters[0].Status'
}

wait_for_instance() {
	wait_until "instance $1" available call neptune describe-db-instances --db-instance-identifier "$1" --query 'DBInstances[0].DBInstanceStatus'
}

wait_for_snapshot() {
	wait_until "snapshot $1" available call neptune describe-db-cluster-snapshots --db-cluster-snapshot-identifier "$1" --query 'DBClusterSnapshots[0].Status'
}

# The members of a cluster, one a line; the writer first.
members_of() {
	of_cluster "$1" 'reverse(sort_by(DBClusterMembers, &to_string(IsClusterWriter)))[].[DBInstanceIdentifier]' | grep -v -e '^$' -e '^None$' || true
}

writer_of() {
	of_cluster "$1" 'DBClusterMembers[?IsClusterWriter].DBInstanceIdentifier | [0]' | grep -v -e '^None$' || true
}

# check_available WHAT NAME: ends the script unless the cluster is available; of a stopped one with the command that starts it.
check_available() {
	status=$(of_cluster "$2" Status)
	case $status in
	available) ;;
	stopped) fail "$1 $2 is stopped. Start it (aws neptune start-db-cluster --db-cluster-identifier $2), then run this script again" ;;
	deleting) fail "$1 $2 is being deleted" ;;
	*) fail "$1 $2 is $status. Run this script again when it is available" ;;
	esac
}

# ---- creating and deleting ----

# own_cluster NAME: true, and found its resource id, if this plan created it; ends the script if it belongs to others.
own_cluster() {
	cluster_named "$1" || return 1
	own=$found
	is_own cluster "$1" "$own" "$(of_cluster "$1" ClusterCreateTime)" || not_ours cluster "$1"
	found=$own
}

own_snapshot() {
	snapshot_named "$1" || return 1
	own=$found
	is_own snapshot "$1" "$own" "$own" || not_ours snapshot "$1"
	found=$own
}

# make_cluster NAME COMMAND ...: unless it exists; then waits for it.
make_cluster() {
	cluster=$1
	shift
	if own_cluster "$cluster"; then
		say "cluster $cluster exists already"
	else
		make cluster "$cluster" "$@" --query DBCluster.DbClusterResourceId
		made cluster "$cluster" "$answer"
	fi
	wait_for_cluster "$cluster"
}

# take_snapshot CLUSTER SNAPSHOT
take_snapshot() {
	make_snapshot "$2" neptune create-db-cluster-snapshot --db-cluster-identifier "$1" --db-cluster-snapshot-identifier "$2"
}

# make_snapshot SNAPSHOT COMMAND ...
make_snapshot() {
	taking=$1
	shift
	if own_snapshot "$taking"; then
		say "snapshot $taking exists already"
	else
		make snapshot "$taking" "$@"
	fi
	wait_for_snapshot "$taking"
	# SnapshotCreateTime is final when the snapshot is complete.
	[ "$execute" = no ] || [ -n "$(made_id snapshot "$taking")" ] || own_snapshot "$taking" || fail "snapshot $taking no longer exists"
}

# instance_in CLUSTER INSTANCE: true if it exists. An instance of that name in another cluster ends the script.
instance_in() {
	there DBInstanceNotFound neptune describe-db-instances --db-instance-identifier "$2" --query 'DBInstances[0].DBClusterIdentifier' || return 1
	[ "$found" = "$1" ] || fail "instance $2 exists, and belongs to $found, not to $1"
}

# delete_snapshot NAME IDENTITY: that snapshot, and no other one of its name.
delete_snapshot() {
	if ! snapshot_named "$1"; then
		say "snapshot $1 does not exist"
	elif [ "$found" != "$2" ]; then
		say "snapshot $1 is another one (taken $found, not $2): not changed"
		left_alone="$left_alone $1"
		return 0
	else
		[ "$(of_snapshot "$1" Status)" = deleting ] || change neptune delete-db-cluster-snapshot --db-cluster-snapshot-identifier "$1"
		wait_until "snapshot $1" DBClusterSnapshotNotFoundFault call neptune describe-db-cluster-snapshots --db-cluster-snapshot-identifier "$1" \
			--query 'DBClusterSnapshots[0].Status'
	fi
	unclaim snapshot "$1"
}

# undo_snapshot NAME: only if this plan created it.
undo_snapshot() {
	snapshot_named "$1" || {
		unclaim snapshot "$1"
		return 0
	}
	if is_own snapshot "$1" "$found" "$found"; then
		[ "$execute" = no ] || [ "$(of_snapshot "$1" Status)" = deleting ] || wait_for_snapshot "$1"
		delete_snapshot "$1" "$found"
	else
		say "snapshot $1 exists, and this plan did not create it: not changed"
		left_alone="$left_alone $1"
	fi
}

# delete_cluster ID [FINAL-SNAPSHOT]: the cluster of that resource id, its instances first. Continues where an earlier run stopped.
delete_cluster() {
	id=$1
	final=${2:-}
	if ! cluster_by_id "$id"; then
		say "cluster $id does not exist"
		return 0
	fi
	cluster=$found
	status=$(of_cluster "$cluster" Status)
	case $status in
	deleting) say "cluster $cluster is being deleted already" ;;
	available | inaccessible-encryption-credentials) delete_available_cluster ;;
	*) check_available cluster "$cluster" ;;
	esac
	[ "$execute" = yes ] || return 0
	deadline=$(($(date +%s) + LIMIT))
	while cluster_by_id "$id"; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "cluster $cluster: not deleted after $LIMIT s (LIMIT in choices.sh). Run this script again to continue"
		sleep "$PAUSE"
	done
	say "cluster $cluster ($id) is deleted"
}

# Whatever could make the last call fail is checked before the first call that changes anything.
delete_available_cluster() {
	group=$(of_cluster "$cluster" GlobalClusterIdentifier)
	case $group in
	None | '') ;;
	*) fail "nothing was deleted: $cluster is a member of the global database $group. Remove it with the scripts of that folder first" ;;
	esac
	if [ "$(of_cluster "$cluster" DeletionProtection)" = True ]; then
		change neptune modify-db-cluster --db-cluster-identifier "$cluster" --no-deletion-protection --apply-immediately
		wait_for_cluster "$cluster"
	fi
	for instance in $(members_of "$cluster"); do
		[ "$(of_instance "$instance" DBInstanceStatus)" = deleting ] ||
			change neptune delete-db-instance --db-instance-identifier "$instance" --skip-final-snapshot
	done
	# The last check before the call that cannot be undone: the name must still be that cluster's.
	[ "$(of_cluster "$cluster" DbClusterResourceId)" = "$id" ] || fail "nothing was deleted: the name $cluster belongs to another cluster now"
	if [ -n "$final" ]; then
		make snapshot "$final" neptune delete-db-cluster --db-cluster-identifier "$cluster" --no-skip-final-snapshot --final-db-snapshot-identifier "$final"
	else
		change neptune delete-db-cluster --db-cluster-identifier "$cluster" --skip-final-snapshot
	fi
}

# undo_cluster NAME: only if this plan created it, under its current name.
undo_cluster() {
	id=$(made_id cluster "$1")
	if [ -z "$id" ] && cluster_named "$1"; then
		if is_own cluster "$1" "$found" "$(of_cluster "$1" ClusterCreateTime)"; then
			id=$found
		else
			say "cluster $1 exists, and this plan did not create it: not changed"
		fi
	fi
	[ -z "$id" ] || delete_own_cluster "$1" "$id"
}

delete_own_cluster() {
	! cluster_by_id "$2" || settle_cluster "$found"
	delete_cluster "$2"
	unclaim cluster "$1"
}

# A cluster cannot be deleted while it, or one of its instances, is being created or modified.
settle_cluster() {
	case $(of_cluster "$1" Status) in
	deleting | available | stopped | inaccessible-*) ;;
	*) wait_for_cluster "$1" ;;
	esac
}

# ---- keys ----

# check_key: the key of choices.sh exists and is usable; with --create-key in the plan, it is created.
check_key() {
	if there NotFoundException kms describe-key --key-id "$KEY" --query 'KeyMetadata.[KeyState,KeySpec]'; then
		case $found in
		"Enabled	SYMMETRIC_DEFAULT") say "KMS key $KEY: Enabled" ;;
		*) fail "KMS key $KEY is $(printf %s "$found" | tr '\t' ' '); it must be Enabled and SYMMETRIC_DEFAULT" ;;
		esac
	elif [ "$CREATE_KEY" = yes ]; then
		make_key
	else
		[ "$KEY" = alias/aws/rds ] || fail "KMS key $KEY does not exist in $REGION"
		say "KMS key $KEY does not exist yet: AWS creates it at its first use"
	fi
}

# A key that was created without its alias is not created again.
make_key() {
	if [ "$execute" = no ]; then
		say "would create a KMS key with the alias $KEY and automatic key rotation"
		return 0
	fi
	if ! recorded key; then
		change kms create-key --description "Neptune, $KEY" --query KeyMetadata.KeyId
		record key "$answer"
	fi
	change kms create-alias --alias-name "$KEY" --target-key-id "$(cat "$state/key")"
	change kms enable-key-rotation --key-id "$(cat "$state/key")"
}

# check_encrypted WHAT ENCRYPTED KEY: the values of the new resource; its key must be usable, or its data could not be read.
check_encrypted() {
	[ "$2" = True ] || [ "$2" = true ] || fail "$1: StorageEncrypted is \"$2\", not true"
	there NotFoundException kms describe-key --key-id "$KEY" --query 'KeyMetadata.[Arn,KeyState]' || fail "$1: KMS key $KEY does not exist in $REGION"
	[ "$3" = "${found%%	*}" ] || fail "$1: its KMS key is $3, not ${found%%	*} (KEY in choices.sh)"
	case ${found##*	} in
	Enabled | Updating) ;;
	*) fail "$1: its KMS key $3 is ${found##*	}, and without it the data cannot be read. Enable the key (aws kms cancel-key-deletion, enable-key), then run this script again" ;;
	esac
}

# ---- global databases ----

# check_new_global: it is encrypted, and has as many members as the old one.
check_new_global() {
	encrypted=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'GlobalClusters[0].StorageEncrypted')
	[ "$encrypted" = True ] || fail "global database $NEW_GLOBAL: StorageEncrypted is $encrypted"
	members=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query 'length(GlobalClusters[0].GlobalClusterMembers)')
	seen=$(wc -l <"$here/members.list")
	[ "$members" -eq "$seen" ] || fail "$NEW_GLOBAL has $members members, $OLD_GLOBAL had $((seen)) at scan time"
}

# leave_global GLOBAL ARN [REGION]: removes that member, if it is one; it stays as a standalone cluster.
leave_global() {
	(
		region=${3:-$REGION}
		member=$(look neptune describe-global-clusters --global-cluster-identifier "$1" --query "GlobalClusters[0].GlobalClusterMembers[?DBClusterArn=='$2'].DBClusterArn | [0]")
		if [ "$member" = "$2" ]; then
			change neptune remove-from-global-cluster --global-cluster-identifier "$1" --db-cluster-identifier "$2"
			wait_until "$2 in $1" None call neptune describe-global-clusters --global-cluster-identifier "$1" \
				--query "GlobalClusters[0].GlobalClusterMembers[?DBClusterArn=='$2'].DBClusterArn | [0]"
		else
			say "$2 is not a member of $1"
		fi
	) || exit 1
}
