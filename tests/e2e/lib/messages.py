"""SOAP messages."""
import re

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"


def soap_envelope(body, version=SOAP11, header=""):
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="{version}">{head}<s:Body>{body}</s:Body></s:Envelope>'


def quote_request(symbol="IBM", version=SOAP11, prefix="m0"):
    p = prefix
    return soap_envelope(
        f'<{p}:getQuote xmlns:{p}="http://services.samples"><{p}:request><{p}:symbol>{symbol}</{p}:symbol>'
        f"</{p}:request></{p}:getQuote>", version)


def soap_headers(version=SOAP11, action="urn:getQuote"):
    if version == SOAP12:
        return [("Content-Type", f'application/soap+xml; charset=UTF-8; action="{action}"')]
    return [("Content-Type", "text/xml; charset=UTF-8"), ("SOAPAction", f'"{action}"')]


def is_fault(text, version=SOAP11):
    return version in text and re.search(r"<(\w+:)?Fault[\s>]", text) is not None


def fault_reason(text):
    found = re.search(r"<(?:\w+:)?(?:faultstring|Text)[^>]*>([^<]*)<", text)
    return found.group(1) if found else None
