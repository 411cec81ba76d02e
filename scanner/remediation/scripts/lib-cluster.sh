# lib-cluster.sh - what the scripts of a cluster share beside lib.sh: identifying the clusters, detecting writes, and comparing
# the data of two clusters. Sourced by them; not run by itself.
#
# Neptune user guide: "Neptune health status", "Getting a quick summary report about your graph", "Using Neptune streams",
# "Neptune CloudWatch metrics" (which are sent only where they are not zero).
# shellcheck shell=sh disable=SC2034,SC2154,SC2153,SC2016 # queries are in single quotes; variables come from lib.sh, observed.sh and choices.sh

# ---- identity ----

# old_cluster: old is the current name of the scanned cluster; ends the script if it is gone, or differs from the scan.
old_cluster() {
	cluster_by_id "$OLD_RESOURCE_ID" || {
		! cluster_named "$OLD_CLUSTER" || fail "cluster $OLD_CLUSTER is not the one of the scan ($found, not $OLD_RESOURCE_ID). Scan again and create a new plan"
		fail "cluster $OLD_CLUSTER ($OLD_RESOURCE_ID) no longer exists. Scan again and create a new plan"
	}
	old=$found
	encrypted=$(of_cluster "$old" StorageEncrypted)
	[ "$encrypted" = False ] || fail "cluster $old: StorageEncrypted is $encrypted. This plan changes unencrypted resources only"
}

# new_cluster: new is the current name of the cluster that this plan created, new_id its resource id.
new_cluster() {
	new_id=$(made_id cluster "$NEW_CLUSTER")
	[ -n "$new_id" ] || ! own_cluster "$NEW_CLUSTER" || new_id=$found
	[ -n "$new_id" ] || fail "this plan has not created a new cluster. Run 30-create-encrypted.sh --execute first"
	cluster_by_id "$new_id" || fail "the new cluster $NEW_CLUSTER ($new_id) no longer exists"
	new=$found
}

# find_new: new and new_id are those of the cluster that this plan created; false, and empty, if there is none.
find_new() {
	new=
	new_id=$(made_id cluster "$NEW_CLUSTER")
	if [ -z "$new_id" ] && cluster_named "$NEW_CLUSTER" && is_own cluster "$NEW_CLUSTER" "$found" "$(of_cluster "$NEW_CLUSTER" ClusterCreateTime)"; then
		new_id=$found
	fi
	if [ -z "$new_id" ] || ! cluster_by_id "$new_id"; then
		return 1
	fi
	new=$found
}

# cut_over_way: rename or new-endpoint, as the cut over was started; empty if it was not.
cut_over_way() {
	! recorded cut-over-begun || sed 's/.*, //' "$state/cut-over-begun"
}

# check_new_is_encrypted: checked again before each step that depends on it.
check_new_is_encrypted() {
	check_encrypted "cluster $new" "$(of_cluster "$new" StorageEncrypted)" "$(of_cluster "$new" KmsKeyId)"
}

# ---- a cluster's own address ----

# own_address CLUSTER [ReaderEndpoint]
own_address() {
	printf 'https://%s:%s\n' "$(of_cluster "$1" "${2:-Endpoint}")" "$(of_cluster "$1" Port)"
}

# address_of CLUSTER [ReaderEndpoint]: choices.sh may name another address, of a tunnel for example. That one is bound to a
# name, so it is used only until names may change.
address_of() {
	other=
	if ! recorded cut-over-begun; then
		case $1 in
		"$old") other=${OLD_DATA_URL:-} ;;
		"$new") other=${NEW_DATA_URL:-} ;;
		esac
	fi
	if [ -n "$other" ]; then
		printf '%s\n' "$other"
	else
		own_address "$@"
	fi
}

# data URL SECONDS COMMAND ...: one call to a cluster, without retries: a second count would double its load.
data() {
	url=$1
	seconds=$2
	shift 2
	AWS_MAX_ATTEMPTS=1 aws --region "$REGION" --endpoint-url "$url" --cli-read-timeout "$seconds" --cli-connect-timeout 10 --output text neptunedata "$@"
}

# The AWS CLI has no SPARQL. curl (7.75 or newer) signs the request and reads the secret from standard input.
sparql() {
	{
		printf 'url = "%s/sparql"\nsilent\nshow-error\nfail\nmax-time = %s\nheader = "Accept: text/csv"\n' "$1" "$COUNT_TIMEOUT"
		if [ "$IAM_AUTHENTICATION" = true ]; then
			credentials
			printf 'aws-sigv4 = "aws:amz:%s:neptune-db"\nuser = "%s:%s"\n' "$REGION" "$access_key" "$secret_key"
			[ -z "$session_token" ] || printf 'header = "x-amz-security-token: %s"\n' "$session_token"
		fi
		printf 'data-urlencode = "query=%s"\n' "$2"
	} | curl -K - >"$errors.csv" || return 1
	tr -d '\r' <"$errors.csv"
}

# From the environment, or exported by AWS CLI 2.
credentials() {
	access_key=${AWS_ACCESS_KEY_ID:-}
	secret_key=${AWS_SECRET_ACCESS_KEY:-}
	session_token=${AWS_SESSION_TOKEN:-}
	[ -z "$access_key" ] || return 0
	exported=$(aws configure export-credentials --format env-no-export) || fail "a SPARQL request cannot be signed. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or use AWS CLI 2"
	access_key=$(printf '%s\n' "$exported" | sed -n 's/^AWS_ACCESS_KEY_ID=//p')
	secret_key=$(printf '%s\n' "$exported" | sed -n 's/^AWS_SECRET_ACCESS_KEY=//p')
	session_token=$(printf '%s\n' "$exported" | sed -n 's/^AWS_SESSION_TOKEN=//p')
}

# ---- detecting writes ----

# position CLUSTER: commits of both streams, "pg:17 rdf:0"; 0 if a stream holds no record. False if they are off, or cannot be
# reached at the cluster's own address: another address may lead to another cluster.
position() {
	url=$(own_address "$1")
	attempt data "$url" 30 get-propertygraph-stream --limit 1 --iterator-type LATEST --query lastEventId.commitNum || stream_trouble || return 1
	at="pg:${answer:-0}"
	attempt data "$url" 30 get-sparql-stream --limit 1 --iterator-type LATEST --query lastEventId.commitNum || stream_trouble || return 1
	position="$at rdf:${answer:-0}"
}

stream_trouble() {
	case $code in
	StreamRecordsNotFoundException) answer=0 ;;
	UnsupportedOperationException | BadRequestException | ExpiredStreamException) return 1 ;;
	*)
		! is_final || fail "the stream could not be read (COMMITS in choices.sh): $(why)"
		return 1
		;;
	esac
}

# quiet CLUSTER SINCE [POSITION]: two checks, QUIET seconds apart, find no commit since then; evidence is the source of that.
quiet() {
	if given --accept-commits-unseen; then
		evidence="commits not checked, accepted by $(whoami_aws)"
		return 0
	fi
	instances=$(members_of "$1")
	if [ -n "$instances" ] && [ "$COMMITS" != cloudwatch ] && position "$1" && covers "$1" "$2" "${3-$position}"; then
		first=$position
		sleep "$QUIET"
		position "$1" || fail "the streams of $1 can no longer be read. Run this script again"
		[ "$first" = "$position" ] || fail "$1 is being written to: its streams went from $first to $position. Fence the writers (README.md), then run this script again"
		evidence="streams $position"
	else
		[ "$COMMITS" != streams ] || fail "COMMITS in choices.sh is streams, and those of $1 are off (neptune_streams), hold no record, or cannot be reached. Set it to auto"
		quiet_by_cloudwatch "$1" "$2" "Fence the writers (README.md), then run this script again"
	fi
}

# covers CLUSTER SINCE POSITION: true if the streams show whether it was written to since then, when they were at that position.
# Records stay for at least a day, so a stream without records does not cover the time before. A new commit ends the script.
covers() {
	[ -n "$3" ] || return 1
	kept_since=$(($(date +%s) - 86400))
	for part in $position; do
		case " $3 " in
		*" $part "*) [ "${part#*:}" != 0 ] || [ "$2" -gt "$kept_since" ] || return 1 ;;
		*)
			[ "${part#*:}" = 0 ] || fail "$1 was written to: its streams are at $position, and were at $3. Those writes would be lost. Back out, or see README.md"
			return 1
			;;
		esac
	done
}

# The first period of CloudWatch that begins after EPOCH.
period_after() {
	echo $((($1 / METRIC_PERIOD + 1) * METRIC_PERIOD))
}

# quiet_by_cloudwatch CLUSTER SINCE ADVICE: commits in the periods that began after SINCE, as soon as CloudWatch has data of a period
# that began after this check did, shown by another metric. A cluster without an instance has none, and cannot be written to.
quiet_by_cloudwatch() {
	[ "$execute" = yes ] || {
		evidence="not checked in a dry run"
		return 0
	}
	from=$(period_after "$2")
	heard=$(period_after "$(date +%s)")
	deadline=$(($(date +%s) + LIMIT))
	instances=$(members_of "$1")
	while [ -n "$instances" ]; do
		if [ "$(date +%s)" -ge "$((heard + QUIET))" ]; then
			count_points "$1" CPUUtilization "$heard" "$(period_after "$(date +%s)")"
			[ "$points" = 0 ] || break
		fi
		[ "$(date +%s)" -lt "$deadline" ] || fail "CloudWatch has no data of $1 since $(iso "$heard"): writes cannot be ruled out. Run this script again later, or give --accept-commits-unseen"
		sleep "$PAUSE"
		instances=$(members_of "$1")
	done
	no_commits "$1" "$from" "$3"
	sleep "$QUIET"
	no_commits "$1" "$from" "$3"
	evidence="CloudWatch NumTxCommitted 0 since $(iso "$from")"
	[ -n "$instances" ] || evidence="no instance, $evidence"
}

# no_commits CLUSTER FROM ADVICE: in parts, because a response of CloudWatch has at most 1,440 datapoints.
no_commits() {
	begin=$2
	end=$(period_after $(($(date +%s) + SKEW)))
	while [ "$begin" -lt "$end" ]; do
		to=$((begin + 1440 * METRIC_PERIOD))
		[ "$to" -le "$end" ] || to=$end
		count_points "$1" NumTxCommitted "$begin" "$to" WRITER
		[ "$points" = 0 ] || fail "$1 is being written to: CloudWatch has commits of its writer (NumTxCommitted) between $(iso "$begin") and $(iso "$to"). $3"
		if [ -n "$instances" ] && [ "$to" -lt "$end" ]; then
			count_points "$1" CPUUtilization "$begin" "$to"
			[ "$points" != 0 ] || fail "CloudWatch has no data of $1 between $(iso "$begin") and $(iso "$to"): writes cannot be ruled out. Give --accept-commits-unseen to accept that"
		fi
		begin=$to
	done
}

# count_points CLUSTER METRIC FROM TO [Role]: points is the number of datapoints above zero. CloudWatch keeps them under the name of
# the cluster at the time: until the cut over, the name that the new cluster has now.
count_points() {
	points=0
	add_points "$@"
	[ "$1" = "$OLD_RENAMED" ] || return 0
	to_name=$4
	if recorded name-passed; then
		passed=$(period_after "$(cut -d' ' -f1 "$state/name-passed")")
		[ "$to_name" -le "$passed" ] || to_name=$passed
	fi
	[ "$3" -ge "$to_name" ] || add_points "$OLD_CLUSTER" "$2" "$3" "$to_name" "${5:-}"
}

add_points() {
	answer=$(look cloudwatch get-metric-statistics --namespace AWS/Neptune --metric-name "$2" --statistics Maximum --period "$METRIC_PERIOD" \
		--start-time "$(iso "$3")" --end-time "$(iso "$4")" \
		--dimensions "Name=DBClusterIdentifier,Value=$1" ${5:+"Name=Role,Value=$5"} --query 'length(Datapoints[?Maximum > `0`])') || exit 1
	case $answer in
	'' | *[!0-9]*) fail "the response of CloudWatch about $2 of $1 is \"$answer\", which is not a number. Run this script again" ;;
	esac
	points=$((points + answer))
}

# still_quiet: the old cluster, since writing was stopped; a secondary accepts no writes, and is checked since its cut over.
still_quiet() {
	gate=writes-stopped
	recorded "$gate" || gate=cut-over-begun
	stopped=$(cut -d' ' -f1 "$state/$gate")
	quiet "$old" "$stopped" "$(cut -s -d'|' -f2 "$state/$gate")"
	say "$old: no writes since $(iso "$stopped")Z ($evidence)"
}

# check_place: if the old cluster was a member of a global database, the new one must have its place in the new one.
check_place() {
	[ -n "$NEW_GLOBAL" ] || return 0
	if [ "$WRITER_FOLDER" = "${here##*/}" ]; then
		read_place
		[ "$is_writer" = True ] || fail "$new is not the writer of $NEW_GLOBAL (IsWriter is $is_writer). The old cluster was not deleted"
	else
		check_follows
	fi
}

# read_place: is_writer is True for the writer of the new global database, False for a secondary, None for others.
read_place() {
	arn=$(of_cluster "$new" DBClusterArn)
	is_writer=$(look neptune describe-global-clusters --global-cluster-identifier "$NEW_GLOBAL" --query "GlobalClusters[0].GlobalClusterMembers[?DBClusterArn=='$arn'].IsWriter | [0]")
}

# check_follows: the new cluster is a secondary of the new global database, with at most MAX_LAG; evidence is the source of that. Neptune user guide, "Monitoring your Amazon Neptune global database using CloudWatch metrics".
check_follows() {
	read_place
	[ "$is_writer" = False ] || fail "$new is not a secondary of $NEW_GLOBAL (IsWriter is $is_writer)"
	if given --accept-lag-unseen; then
		evidence="lag not checked, accepted by $(whoami_aws)"
		return 0
	fi
	lag=$(look cloudwatch get-metric-statistics --namespace AWS/Neptune --metric-name GlobalDbProgressLag --statistics Maximum --period "$METRIC_PERIOD" \
		--start-time "$(iso $(($(date +%s) - 2 * METRIC_PERIOD)))" --end-time "$(iso $(($(date +%s) + METRIC_PERIOD)))" \
		--dimensions "Name=DBClusterIdentifier,Value=$new" "Name=SourceRegion,Value=$WRITER_REGION" --query 'max(Datapoints[].Maximum)')
	lag=${lag%.*}
	case $lag in
	'' | *[!0-9]*) fail "CloudWatch has no GlobalDbProgressLag of $new in the last $((2 * METRIC_PERIOD)) s, so its replication lag is not known. Run this script again later, or give --accept-lag-unseen" ;;
	esac
	[ "$lag" -le "$MAX_LAG" ] || fail "$new is $lag ms behind the writer of $NEW_GLOBAL, and MAX_LAG in choices.sh is $MAX_LAG. Run this script again when it has caught up"
	evidence="at most $lag ms behind"
}

# ---- comparing data ----

# check_addresses: two clusters, not one under two addresses. Both addresses must lead to a writer, and a cluster has one; their
# instances did not start at the same time.
check_addresses() {
	[ "$OLD_RESOURCE_ID" != "$new_id" ] || fail "old and new cluster are the same ($old)"
	old_url=$(address_of "$old")
	new_url=$(address_of "$new")
	[ "$old_url" != "$new_url" ] || fail "both addresses are $old_url: OLD_DATA_URL and NEW_DATA_URL in choices.sh must lead to two clusters"
	old_engine=$(engine "$old_url") || exit 1
	new_engine=$(engine "$new_url") || exit 1
	[ "$old_engine" != "$new_engine" ] || fail "$old_url and $new_url lead to the same instance (started $old_engine): they must lead to two clusters"
}

# engine URL: when it started; ends the script unless it is a healthy writer.
engine() {
	attempt data "$1" 30 get-engine-status --query '[status,role,startTime]' || fail "$1 cannot be reached. Run this script in its VPC: $(why)"
	case $answer in
	"healthy	writer	"?*) printf '%s\n' "${answer#healthy	writer	}" ;;
	*) fail "$1 is not the writer of a healthy cluster: $(printf %s "$answer" | tr '\t' ' ')" ;;
	esac
}

# summary CLUSTER: its statistics, from a reader; false if there are none.
summary() {
	reader=$(address_of "$1" ReaderEndpoint)
	attempt data "$reader" 60 get-propertygraph-summary --query 'payload.graphSummary.[numNodes,numEdges]' || return 1
	summary=$(printf %s "$answer" | tr '\t' ' ')
	attempt data "$reader" 60 get-rdf-graph-summary --query 'payload.graphSummary.[numQuads,numDistinctSubjects]' || return 1
	summary="nodes, edges: $summary; quads, subjects: $(printf %s "$answer" | tr '\t' ' ')"
}

# count URL WHAT
count() {
	first='result.data."@value"[0]."@value" || result.data[0]' # typed, or not
	case $DATA_CHECK.$2 in
	opencypher.nodes) attempt data "$1" "$COUNT_TIMEOUT" execute-open-cypher-query --open-cypher-query 'MATCH (n) RETURN count(n) AS n' --query 'results[0].n' ;;
	opencypher.edges) attempt data "$1" "$COUNT_TIMEOUT" execute-open-cypher-query --open-cypher-query 'MATCH ()-[r]->() RETURN count(r) AS n' --query 'results[0].n' ;;
	gremlin.nodes) attempt data "$1" "$COUNT_TIMEOUT" execute-gremlin-query --gremlin-query 'g.V().count()' --query "$first" ;;
	gremlin.edges) attempt data "$1" "$COUNT_TIMEOUT" execute-gremlin-query --gremlin-query 'g.E().count()' --query "$first" ;;
	*.triples) attempt sparql "$1" 'SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }' ;;
	esac || fail "counting the $2 at $1 failed (COUNT_TIMEOUT in choices.sh): $(why)"
	number=$(printf '%s\n' "$answer" | tail -n 1)
	case $number in
	'' | *[!0-9]*) fail "counting the $2 at $1 failed: the response is \"$answer\"" ;;
	esac
	printf '%s\n' "$number"
}

# samples OLD-URL: chosen from the old cluster, and queried in both: ids of nodes as JSON and as Gremlin arguments, IRIs of
# subjects; sampled is their number. Data without any sample ends the script.
samples() {
	if [ "$DATA_CHECK" = opencypher ]; then
		attempt data "$1" "$COUNT_TIMEOUT" execute-open-cypher-query --open-cypher-query "MATCH (n) RETURN id(n) AS id LIMIT $SAMPLES" --query 'results[].id' --output json ||
			fail "taking samples at $1 failed: $(why)"
	else
		attempt data "$1" "$COUNT_TIMEOUT" execute-gremlin-query --gremlin-query "g.V().limit($SAMPLES).id()" \
			--query '(result.data."@value" || result.data)[]' --output json || fail "taking samples at $1 failed: $(why)"
	fi
	sampled=$(printf '%s\n' "$answer" | grep -c '^ *"' || true)
	[ "$nodes" = 0 ] || [ "$sampled" != 0 ] || fail "no sample of the $nodes nodes at $1 can be taken. Compare the data in another way, then give --accept-without-counts"
	ids=$(printf %s "$answer" | tr -d '\n')
	words=
	[ "$sampled" = 0 ] || words=$(printf %s "$ids" | sed 's/^\[ *//; s/ *\]$//; s/\$/\\u0024/g')
	attempt sparql "$1" "SELECT DISTINCT ?s WHERE { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?s)) } LIMIT $SAMPLES" || fail "taking samples at $1 failed: $(why)"
	subjects=$(printf '%s\n' "$answer" | tail -n +2 | sed 's/^"\(.*\)"$/\1/' | grep -v -e '[<>"{}|\\^` ]' -e '^$' | sed 's/.*/<&>/' || true)
	[ "$triples" = 0 ] || [ -n "$subjects" ] || fail "no subject of the $triples triples at $1 can be queried by its IRI. Compare the data in another way, then give --accept-without-counts"
	[ -z "$subjects" ] || sampled=$((sampled + $(printf '%s\n' "$subjects" | wc -l)))
	subjects=$(printf %s "$subjects" | tr '\n' ' ')
}

# flatten: of rows as the CLI prints JSON, one line for each value: the id of its row, its path, the value. So the order of rows, names
# and lists does not matter, and values of different rows are not mixed.
flatten() {
	awk '
		{
			match($0, /[^ ]/)
			depth = (RSTART - 1) / 4
			word = substr($0, RSTART)
			sub(/,$/, "", word)
			end = substr(word, length(word))
		}
		depth == 1 && word == "{" { count = 0; next }
		depth == 1 && word == "}" { for (i = 1; i <= count; i++) print id, value[i]; next }
		depth < 2 || word == "}" || word == "]" { next }
		end == "{" || end == "[" { names[depth + 1] = names[depth] word; next }
		{ value[++count] = names[depth] word }
		depth == 2 && word ~ /^"id": / { id = word }
	'
}

# rows URL: all values of the samples, one a line.
rows() {
	if [ "$DATA_CHECK" = opencypher ]; then
		attempt data "$1" "$COUNT_TIMEOUT" execute-open-cypher-query --parameters "{\"ids\":$ids}" --query results --output json --open-cypher-query \
			'MATCH (n) WHERE id(n) IN $ids RETURN id(n) AS id, labels(n) AS labels, properties(n) AS properties' || fail "reading samples at $1 failed: $(why)"
		printf '%s\n' "$answer" | flatten
		attempt data "$1" "$COUNT_TIMEOUT" execute-open-cypher-query --parameters "{\"ids\":$ids}" --query results --output json --open-cypher-query \
			'MATCH (n)-[r]->(m) WHERE id(n) IN $ids RETURN id(r) AS id, type(r) AS type, properties(r) AS properties, id(n) AS node, id(m) AS other' ||
			fail "reading samples at $1 failed: $(why)"
		printf '%s\n' "$answer" | flatten
	elif [ -n "$words" ]; then
		gremlin_rows "$1" "project('i','l').by(id()).by(label())"
		gremlin_rows "$1" "as('n').properties().project('i','k','v').by(select('n').id()).by(key()).by(value())"
		gremlin_rows "$1" "outE().project('i','l','s','e').by(id()).by(label()).by(outV().id()).by(inV().id())"
		gremlin_rows "$1" "outE().as('n').properties().project('i','k','v').by(select('n').id()).by(key()).by(value())"
	fi
	if [ -n "$subjects" ]; then
		attempt sparql "$1" "SELECT ?g ?s ?p ?o WHERE { VALUES ?s { $subjects } GRAPH ?g { ?s ?p ?o } FILTER(!isBlank(?o)) }" || fail "reading samples at $1 failed: $(why)"
		printf '%s\n' "$answer"
	fi
}

# gremlin_rows URL STEPS: from the nodes of the samples; a row is a map whose members are always in the same order.
gremlin_rows() {
	attempt data "$1" "$COUNT_TIMEOUT" execute-gremlin-query --query '(result.data."@value" || result.data)[].[to_string(@)]' --gremlin-query "g.V($words).$2" ||
		fail "reading samples at $1 failed: $(why)"
	printf '%s\n' "$answer"
}

# hash URL: of the rows, in any order.
hash() {
	rows "$1" >"$errors.rows" || exit 1
	sort "$errors.rows" | {
		if command -v sha256sum >/dev/null; then
			sha256sum
		else
			shasum -a 256
		fi
	} | cut -c1-64
}

# compare_data: counts of both data models, and the values of samples; ends the script if they differ, or are not sufficient.
compare_data() {
	for one in "$old" "$new"; do
		instances=$(members_of "$one")
		[ -n "$instances" ] || fail "cluster $one has no instance, so it cannot be queried. Create one for the check, or compare the data in another way and give --accept-without-counts"
	done
	check_addresses
	if summary "$old"; then
		say "statistics of $old: $summary"
		! summary "$new" || say "statistics of $new: $summary"
	fi
	total=0
	for what in nodes edges triples; do
		old_count=$(count "$old_url" $what) || exit 1
		new_count=$(count "$new_url" $what) || exit 1
		say "$what: $old_count in $old, $new_count in $new"
		[ "$old_count" = "$new_count" ] || fail "$what differ: $old_count in $old, $new_count in $new. Writes after the snapshot are not in $new. Back out (README.md)"
		total=$((total + old_count))
		case $what in
		nodes) nodes=$old_count ;;
		triples) triples=$old_count ;;
		esac
	done
	if [ "$total" = 0 ]; then
		given --the-cluster-is-empty || fail "both clusters are empty (0 = 0), which is not sufficient. If the old cluster holds no data, give --the-cluster-is-empty"
		compared="empty, accepted by $(whoami_aws)"
		return 0
	fi
	samples "$old_url"
	theirs=$(hash "$old_url") || exit 1
	ours=$(hash "$new_url") || exit 1
	[ "$theirs" = "$ours" ] || fail "values differ: the same $sampled samples are not equal in $old and $new. Back out (README.md)"
	compared="$total nodes, edges and triples by $DATA_CHECK and SPARQL; $sampled samples of values, SHA-256 $theirs"
}

# ---- deleting a cluster with a last snapshot of it ----

# delete_keeping ID SNAPSHOT: AWS takes the snapshot after the last write. Whatever could make it fail is checked before anything is deleted.
delete_keeping() {
	if cluster_by_id "$1" && [ "$(of_cluster "$found" Status)" != deleting ]; then
		! snapshot_named "$2" || fail "snapshot $2 exists already, and may not hold the latest data of $1. Check it, delete it (aws neptune delete-db-cluster-snapshot), then run this script again"
		quota ManualClusterSnapshots
		[ -z "$most" ] || [ "$used" -lt "$most" ] || fail "nothing was deleted: no manual snapshot can be taken, $used of $most exist. Delete some, or raise the quota (Service Quotas, RDS: ManualClusterSnapshots)"
	fi
	delete_cluster "$1" "$2"
	wait_for_snapshot "$2"
	[ "$execute" = no ] || own_snapshot "$2" || fail "the last snapshot $2 does not exist"
}

# quota NAME: used and most of it; empty if the response has no values.
quota() {
	answer=$(look rds describe-account-attributes --query "AccountQuotas[?AccountQuotaName=='$1'].[Used,Max] | [0]") || exit 1
	used=${answer%%	*}
	most=${answer##*	}
	case $used$most in
	*[!0-9]* | '')
		used=
		most=
		;;
	esac
}

# ---- names: cut over by rename, and its backout ----

# wait_for_name ID NAME: a renamed cluster has its new name, and is available.
wait_for_name() {
	deadline=$(($(date +%s) + LIMIT))
	until cluster_by_id "$1" && [ "$found" = "$2" ]; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "cluster $1 is still named $found after $LIMIT s, not $2. Run this script again to continue"
		sleep "$PAUSE"
	done
	wait_for_cluster "$2"
}

# rename_cluster ID NAME
rename_cluster() {
	cluster_by_id "$1" || fail "cluster $1 no longer exists"
	[ "$found" != "$2" ] || return 0
	wait_for_cluster "$found"
	change neptune modify-db-cluster --db-cluster-identifier "$found" --new-db-cluster-identifier "$2" --apply-immediately
	[ "$execute" = no ] || wait_for_name "$1" "$2"
}

# rename_instances CLUSTER FROM TO: files of instances/NAME/ that hold the names; only those that are in that cluster.
rename_instances() {
	for folder in "$here"/instances/*/; do
		[ -d "$folder" ] || continue
		from=$(cat "$folder/$2")
		to=$(cat "$folder/$3")
		there DBInstanceNotFound neptune describe-db-instances --db-instance-identifier "$from" --query 'DBInstances[0].DBClusterIdentifier' || continue
		[ "$found" = "$1" ] || continue
		wait_for_instance "$from"
		change neptune modify-db-instance --db-instance-identifier "$from" --new-db-instance-identifier "$to" --apply-immediately
	done
	[ "$execute" = yes ] || return 0
	for folder in "$here"/instances/*/; do
		[ -d "$folder" ] || continue
		wait_for_renamed "$1" "$(cat "$folder/$3")"
	done
}

wait_for_renamed() {
	deadline=$(($(date +%s) + LIMIT))
	until there DBInstanceNotFound neptune describe-db-instances --db-instance-identifier "$2" --query 'DBInstances[0].DBClusterIdentifier'; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "instance $2 of $1 does not have its new name after $LIMIT s. Run this script again to continue"
		sleep "$PAUSE"
	done
	[ "$found" = "$1" ] || fail "instance $2 exists, and belongs to $found, not to $1"
	wait_for_instance "$2"
}

# rename_forward: first the old cluster and instances get other names, then the new ones get theirs.
rename_forward() {
	rename_cluster "$OLD_RESOURCE_ID" "$OLD_RENAMED"
	rename_instances "$OLD_RENAMED" old renamed
	recorded name-passed || record name-passed "$(date -u +%s) $OLD_CLUSTER"
	rename_cluster "$new_id" "$OLD_CLUSTER"
	rename_instances "$OLD_CLUSTER" name old
}

# rename_back: the reverse, of those that exist.
rename_back() {
	if [ -n "$new" ]; then
		rename_cluster "$new_id" "$NEW_CLUSTER"
		rename_instances "$NEW_CLUSTER" old name
	fi
	rename_cluster "$OLD_RESOURCE_ID" "$OLD_CLUSTER"
	rename_instances "$OLD_CLUSTER" renamed old
}
