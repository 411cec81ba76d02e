#!/bin/sh
# Counts what is in both clusters, through their endpoints, and compares. Runs where these can be reached: in their VPC.
# choices.sh says in which language (DATA_CHECK): opencypher, gremlin or sparql. --accept-without-counts: somebody has
# compared the data in another way, and says so.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
check_identity
needs verified 40-verify.sh

if given --accept-without-counts; then
	prove data-checked "compared in another way, says $(look sts get-caller-identity --query Arn)"
	exit 0
fi
if [ "$execute" = no ] && ! proved verified; then
	say "would count by $DATA_CHECK what is in $OLD_CLUSTER and in $NEW_CLUSTER"
	exit 0
fi

# count CLUSTER WHAT
count() {
	endpoint=$(of_cluster "$1" Endpoint)
	port=$(of_cluster "$1" Port)
	url=${DATA_ENDPOINT_URL:-https://$endpoint:$port}
	case $DATA_CHECK.$2 in
	opencypher.nodes) call --output json neptunedata execute-open-cypher-query --endpoint-url "$url" --open-cypher-query 'MATCH (n) RETURN count(n)' ;;
	opencypher.edges) call --output json neptunedata execute-open-cypher-query --endpoint-url "$url" --open-cypher-query 'MATCH ()-[r]->() RETURN count(r)' ;;
	gremlin.nodes) call --output json neptunedata execute-gremlin-query --endpoint-url "$url" --gremlin-query 'g.V().count()' ;;
	gremlin.edges) call --output json neptunedata execute-gremlin-query --endpoint-url "$url" --gremlin-query 'g.E().count()' ;;
	# neptunedata has no SPARQL: curl signs the request itself (7.75 or newer).
	sparql.*) curl -sS --fail --data-urlencode 'query=SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }' --aws-sigv4 "aws:amz:$REGION:neptune-db" \
		--user "${AWS_ACCESS_KEY_ID:-}:${AWS_SECRET_ACCESS_KEY:-}" -H "x-amz-security-token: ${AWS_SESSION_TOKEN:-}" "$url/sparql" ;;
	*) fail "choices.sh: DATA_CHECK is \"$DATA_CHECK\", not opencypher, gremlin or sparql" ;;
	esac | tr -d ' \n\t' | sed 's/"requestId":"[^"]*"//g'
}

for what in nodes edges; do
	before=$(count "$OLD_CLUSTER" $what)
	[ -n "$before" ] || fail "cannot count the $what of $OLD_CLUSTER: is its endpoint within reach?"
	after=$(count "$NEW_CLUSTER" $what)
	[ -n "$after" ] || fail "cannot count the $what of $NEW_CLUSTER: is its endpoint within reach?"
	say "$what of $OLD_CLUSTER: $before"
	say "$what of $NEW_CLUSTER: $after"
	[ "$before" = "$after" ] || fail "they differ: were there writes after the snapshot? (README.md, Backout)"
done
prove data-checked "nodes and edges are as many in both, by $DATA_CHECK"
