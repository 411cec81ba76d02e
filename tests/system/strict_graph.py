"""What a cluster answers at its own address: status, counts, samples, summaries, streams and the loader.

One graph holds both of Neptune's data models. It is a stand-in for tests: it knows the queries of the plan's scripts, and refuses
all others, so a script with another query fails its test.
"""
import hashlib
import json
import re
import urllib.parse


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
        if query == "MATCH (n)-[r]->(m) WHERE id(n) IN $ids RETURN id(r) AS id, type(r) AS type, properties(r) AS properties, id(m) AS other":
            return [{"id": name, "type": "to", "properties": {}, "other": end} for name, (start, end) in self.edges.items() if start in wanted]
        raise ValueError(f"unknown query {query}")

    def gremlin(self, query):
        if query in ("g.V().count()", "g.E().count()"):
            return [len(self.nodes if "V" in query else self.edges)]
        found = re.fullmatch(r"g\.V\(\)\.limit\((\d+)\)\.id\(\)", query)
        if found:
            return list(self.nodes)[:int(found[1])]
        found = re.fullmatch(r"g\.V\((.*?)\)\.project\('i','l','p','e'\)\.by\(id\(\)\)\.by\(label\(\)\)\.by\(valueMap\(\)\)\.by\(outE\(\)\.project\('i','l','p','v'\)"
                             r"\.by\(id\(\)\)\.by\(label\(\)\)\.by\(valueMap\(\)\)\.by\(inV\(\)\.id\(\)\)\.fold\(\)\)", query)
        if found:
            wanted = re.findall(r"'([^']*)'", found[1])
            return [{"i": name, "l": "thing", "p": {key: [value] for key, value in self.nodes[name].items()},
                     "e": [{"i": edge, "l": "to", "p": {}, "v": end} for edge, (start, end) in self.edges.items() if start == name]}
                    for name in wanted if name in self.nodes]
        raise ValueError(f"unknown query {query}")

    def sparql(self, query):
        if query == "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }":
            return ["n", str(len(self.triples))]
        if re.fullmatch(r"SELECT DISTINCT \?s WHERE \{ \?s \?p \?o FILTER\(isIRI\(\?s\)\) \} LIMIT \d+", query):
            return ["s", *sorted({triple[0] for triple in self.triples})]
        found = re.fullmatch(r"SELECT \?s \?p \?o WHERE \{ VALUES \?s \{(.*)\} \?s \?p \?o FILTER\(!isBlank\(\?o\)\) \}", query)
        if found:
            wanted = re.findall(r"<([^>]*)>", found[1])
            return ["s,p,o", *(",".join(triple) for triple in self.triples if triple[0] in wanted)]
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
