"""The http endpoint: URI templates and tokens."""
import json
import threading

from lib import EchoBackend, api, call, check, check_equal, concurrent, definitions


class TokenServer(EchoBackend):
    """Gives the tokens t1, t2, ..."""

    def __init__(self, **more):
        self.given = 0
        self.lock = threading.Lock()
        super().__init__("tokens", content_type="application/json", **more)

    def body_for(self, request):
        with self.lock:
            self.given += 1
            return json.dumps({"access_token": f"t{self.given}", "token_type": "Bearer", "expires_in": 3600}).encode()


def shop(endpoint):
    flow = f"<inSequence><send>{endpoint}</send></inSequence><outSequence><send/></outSequence>"
    resource = f'<resource methods="GET POST" uri-template="/items/{{id}}">{flow}</resource>'
    return definitions(api("Shop", "/shop", resource) + '<sequence name="main"><drop/></sequence>')


def http(backend, authentication=""):
    return (f'<endpoint name="H"><http method="post" uri-template="http://127.0.0.1:{backend.port}'
            f'/store/{{uri.var.id}}?p={{query.param.page}}">{authentication}</http></endpoint>')


def test_variables_of_an_api_reach_the_backend(t):
    backend = t.keep(EchoBackend("store"))
    engine = t.myelin(shop(http(backend)))
    check_equal(call(engine.port, "GET", "/shop/items/a%2Fb%20c?page=x%26y").status, 200, "status")
    request = backend.requests[0]
    check_equal(request.method, "POST", "method")
    check_equal(request.target, "/store/a%2Fb%20c?p=x%26y", "target")


@concurrent
def test_all_workers_share_one_token(t):
    tokens = t.keep(TokenServer(delay=0.2))
    backend = t.keep(EchoBackend("store"))
    grant = (f"<authentication><oauth><clientCredentials><clientId>me</clientId><clientSecret>s3cr3t</clientSecret>"
             f"<tokenUrl>http://127.0.0.1:{tokens.port}/token</tokenUrl></clientCredentials></oauth></authentication>")
    engine = t.myelin(shop(http(backend, grant)), workers=2)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(call(engine.port, "GET", "/shop/items/7?page=1").status))
               for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_equal(answers, [200] * 12, "statuses")
    check_equal(tokens.given, 1, "tokens")
    check_equal({request.headers.get("Authorization") for request in backend.requests}, {"Bearer t1"}, "header")
    engine.reload()
    engine.wait_for_log("reload")
    check_equal(call(engine.port, "GET", "/shop/items/7?page=1").status, 200, "after the reload")
    check_equal(tokens.given, 1, "tokens after the reload")
    check("s3cr3t" not in engine.log(), "the secret is in the log")


def test_no_token_is_a_fault_without_secrets(t):
    backend = t.keep(EchoBackend("store"))
    # It echoes the form, which is no JSON and has the secret in it.
    grant = (f"<authentication><oauth><clientCredentials><clientId>me</clientId><clientSecret>s3cr3t</clientSecret>"
             f"<tokenUrl>http://127.0.0.1:{backend.port}/token</tokenUrl><authMode>payload</authMode>"
             f"</clientCredentials></oauth></authentication>")
    engine = t.myelin(shop(http(backend, grant)))
    answer = call(engine.port, "GET", "/shop/items/7?page=1")
    check_equal(answer.status, 502, "status")
    engine.wait_for_log("303003")
    check("s3cr3t" not in engine.log() + answer.text, "the secret was told")
    check_equal([request.target for request in backend.requests], ["/token"], "requests")
