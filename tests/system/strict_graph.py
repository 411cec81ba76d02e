"""What a cluster answers at its own address: status, counts, samples, summaries, streams and the loader.

One graph holds both of Neptune's data models. It is a stand-in for tests: it knows the queries of the plan's scripts, and refuses
all others, so a script with another query fails its test.
"""
import hashlib
import json
import re
import urllib.parse


DEFAULT_GRAPH = "http://aws.amazon.com/neptune/vocab/v01/DefaultNamedGraph"  # where triples without a graph are


class Graph:
    def __init__(self):
        self.nodes, self.edges, self.triples = {}, {}, []
        self.commits, self.streams, self.statistics = 0, False, True

    def write(self, name, **properties):
        self.nodes[name] = properties
        self.commits += 1

    def link(self, name, start, end):
        self.edges[name] = (start, end)
        self.commits += 1

    def state(self, subject, predicate, value):
        self.triples.append((subject, predicate, value))
        self.commits += 1

    def same(self, other):
        return (self.nodes, self.edges, sorted(self.triples)) == (other.nodes, other.edges, sorted(other.triples))

    # ---- queries ----

    def open_cypher(self, query, parameters):
        if query == "MATCH (n) RETURN count(n) AS n":
            return [{"n": len(self.nodes)}]
        if query == "MATCH ()-[r]->() RETURN count(r) AS n":
            return [{"n": len(self.edges)}]
        found = re.fullmatch(r"MATCH \(n\) RETURN id\(n\) AS id LIMIT (\d+)", query)
        if found:
            return [{"id": name} for name in list(self.nodes)[:int(found[1])]]
        wanted = parameters.get("ids")
        if query == "MATCH (n) WHERE id(n) IN $ids RETURN id(n) AS id, labels(n) AS labels, properties(n) AS properties":
            return [{"id": name, "labels": ["thing"], "properties": value} for name, value in self.nodes.items() if name in wanted]
        if query == "MATCH (n)-[r]->(m) WHERE id(n) IN $ids RETURN id(r) AS id, type(r) AS type, properties(r) AS properties, id(n) AS node, id(m) AS other":
            return [{"id": name, "type": "to", "properties": {}, "node": start, "other": end} for name, (start, end) in self.edges.items() if start in wanted]
        raise ValueError(f"unknown query {query}")

    def gremlin(self, query):
        if query in ("g.V().count()", "g.E().count()"):
            return [len(self.nodes if "V" in query else self.edges)]
        found = re.fullmatch(r"g\.V\(\)\.limit\((\d+)\)\.id\(\)", query)
        if found:
            return list(self.nodes)[:int(found[1])]
        found = re.fullmatch(r"g\.V\((\".*\")\)\.([a-zO].*)", query)
        if found:
            wanted = [name for name in json.loads(f"[{found[1]}]") if name in self.nodes]
            leaving = [(edge, *ends) for edge, ends in self.edges.items() if ends[0] in wanted]
            if found[2] == "project('i','l').by(id()).by(label())":
                return [{"i": name, "l": "thing"} for name in wanted]
            if found[2] == "as('n').properties().project('i','k','v').by(select('n').id()).by(key()).by(value())":
                return [{"i": name, "k": key, "v": value} for name in wanted for key, value in self.nodes[name].items()]
            if found[2] == "outE().project('i','l','s','e').by(id()).by(label()).by(outV().id()).by(inV().id())":
                return [{"i": edge, "l": "to", "s": start, "e": end} for edge, start, end in leaving]
            if found[2] == "outE().as('n').properties().project('i','k','v').by(select('n').id()).by(key()).by(value())":
                return []  # its edges have none
        raise ValueError(f"unknown query {query}")

    def sparql(self, query):
        if query == "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }":
            return ["n", str(len(self.triples))]
        if re.fullmatch(r"SELECT DISTINCT \?s WHERE \{ GRAPH \?g \{ \?s \?p \?o \} FILTER\(isIRI\(\?s\)\) \} LIMIT \d+", query):
            return ["s", *sorted({triple[0] for triple in self.triples if ":" in triple[0]})]
        found = re.fullmatch(r"SELECT \?g \?s \?p \?o WHERE \{ VALUES \?s \{ (.*) \} GRAPH \?g \{ \?s \?p \?o \} FILTER\(!isBlank\(\?o\)\) \}", query)
        if found:
            wanted = re.findall(r"<([^>]*)>", found[1])
            return ["g,s,p,o", *(",".join((triple[3] if triple[3:] else DEFAULT_GRAPH, *triple[:3])) for triple in self.triples if triple[0] in wanted)]
        raise ValueError(f"unknown query {query}")


def started(cluster):
    return hashlib.sha256(cluster["DbClusterResourceId"].encode()).hexdigest()[:8]


class Loads:
    """Jobs of the bulk loader; an `outcome` other than LOAD_COMPLETED is the next job's."""

    def __init__(self):
        self.jobs, self.outcome, self.content = {}, "LOAD_COMPLETED", {}

    def start(self, graph, request):
        job = f"job-{len(self.jobs) + 1}"
        self.jobs[job] = {"left": 2, "status": self.outcome}
        if self.outcome == "LOAD_COMPLETED":
            source = request["source"].rstrip("/")
            for kind in ("nodes", "edges"):
                if source.endswith("/" + kind):
                    getattr(graph, kind).update(getattr(self.content["graph"], kind))
            if request["format"] != "csv":
                graph.triples = list(self.content["graph"].triples)
        return job

    def status(self, job):
        entry = self.jobs[job]
        entry["left"] -= 1
        return "LOAD_IN_PROGRESS" if entry["left"] > 0 else entry["status"]


def answer(world, region, cluster, method, path, body, role):
    """(status, content type, text) of one request to the cluster's address."""
    graph, url = cluster["_data"], urllib.parse.urlparse(path)
    form = dict(urllib.parse.parse_qsl(body)) if not body.startswith("{") else json.loads(body)
    query = dict(urllib.parse.parse_qsl(url.query))

    def as_json(value, status=200):
        return status, "application/json", json.dumps(value)

    if url.path == "/status":
        return as_json({"status": "healthy", "startTime": f"Sun Nov 29 00:00:00 UTC 2026 {started(cluster)}", "dbEngineVersion": cluster["EngineVersion"],
                        "role": role})
    if url.path == "/opencypher":
        return as_json({"results": graph.open_cypher(form["query"], json.loads(form.get("parameters", "{}")))})
    if url.path == "/gremlin":
        return as_json({"requestId": "1", "status": {"code": 200}, "result": {"data": graph.gremlin(form["gremlin"]), "meta": {}}})
    if url.path == "/sparql":
        return 200, "text/csv", "\r\n".join(graph.sparql(form["query"])) + "\r\n"
    if url.path.endswith("/statistics/summary"):
        if not graph.statistics:
            return as_json({"code": "StatisticsNotAvailableException", "requestId": "1", "detailedMessage": "Statistics are not available.",
                            "message": "Statistics are not available."}, 400)
        summary = ({"numNodes": len(graph.nodes), "numEdges": len(graph.edges)} if "propertygraph" in url.path else
                   {"numQuads": len(graph.triples), "numDistinctSubjects": len({triple[0] for triple in graph.triples})})
        return as_json({"status": "200 OK", "payload": {"version": "v1", "lastStatisticsComputationTime": "2026-11-29T00:00:00Z", "graphSummary": summary}})
    if url.path.endswith("/stream"):
        if not graph.streams:
            return as_json({"code": "UnsupportedOperationException", "requestId": "1", "detailedMessage": "Stream is disabled", "message": "Stream is disabled"}, 400)
        if graph.commits == 0:
            return as_json({"code": "StreamRecordsNotFoundException", "requestId": "1", "detailedMessage": "no records", "message": "no records"}, 404)
        return as_json({"lastEventId": {"commitNum": str(graph.commits), "opNum": "1"}, "lastTrxTimestamp": 1, "format": "PG_JSON", "records": [],
                        "totalRecords": 1})
    if url.path == "/loader" and method == "POST":
        return as_json({"status": "200 OK", "payload": {"loadId": world.loads.start(graph, form)}})
    if url.path.startswith("/loader/"):
        status = world.loads.status(url.path.rsplit("/", 1)[-1])
        return as_json({"status": "200 OK", "payload": {"overallStatus": {"status": status, "fullUri": "s3://bucket/export"},
                                                        "errors": {"errorLogs": [{"errorCode": "PARSING_ERROR", "errorMessage": "line 7"}]}
                                                        if status == "LOAD_FAILED" and "errors" in query else {}}})
    raise ValueError(f"{region}: {method} {path}")
