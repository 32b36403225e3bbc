"""Everything an end-to-end test uses; see tests/README.md."""
from .backend import EchoBackend, QuoteBackend, ScriptedBackend, closed_port
from .case import Failure, Skip, check, check_equal, check_in, check_not_in, concurrent, limit, wait_until
from .client import Client, call, exchange
from .config import address, api, definitions, failover, forward, loadbalance, proxy, settings
from .load import BackendProcess, Load
from .messages import SOAP11, SOAP12, fault_reason, is_fault, quote_request, soap_envelope, soap_headers
from .myelin import Myelin

__all__ = [
    "address", "api", "BackendProcess", "call", "check", "check_equal", "check_in", "check_not_in", "Client",
    "closed_port", "concurrent", "definitions", "EchoBackend", "exchange", "failover", "Failure",
    "fault_reason", "forward", "is_fault", "limit", "Load", "loadbalance", "Myelin", "proxy", "quote_request",
    "QuoteBackend", "ScriptedBackend", "settings", "Skip", "SOAP11", "SOAP12", "soap_envelope", "soap_headers",
    "wait_until",
]
