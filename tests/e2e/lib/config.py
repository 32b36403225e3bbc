"""Small configurations."""

NAMESPACE = "http://ws.apache.org/ns/synapse"


def definitions(content):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{NAMESPACE}">\n{content}\n</definitions>\n'


def address(port, path="", timeout=None, suspend=None, name=None, more=""):
    """An address endpoint on 127.0.0.1. `timeout` and `suspend` in milliseconds; suspend=None: the default, 0: never."""
    inner = more
    if timeout is not None:
        inner += f"<timeout><duration>{timeout}</duration><responseAction>fault</responseAction></timeout>"
    if suspend == 0:
        inner += ("<markForSuspension><errorCodes>-1</errorCodes></markForSuspension>"
                  "<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>")
    elif suspend is not None:
        inner += (f"<suspendOnFailure><initialDuration>{suspend}</initialDuration>"
                  "<progressionFactor>1.0</progressionFactor></suspendOnFailure>")
    attribute = f' name="{name}"' if name else ""
    return f'<endpoint{attribute}><address uri="http://127.0.0.1:{port}{path}">{inner}</address></endpoint>'


def loadbalance(*children, attributes=""):
    return f"<endpoint><loadbalance {attributes}>{''.join(children)}</loadbalance></endpoint>"


def failover(*children):
    return f"<endpoint><failover>{''.join(children)}</failover></endpoint>"


def forward(endpoint, fault=None):
    """Everything goes to the endpoint, answers go back; `fault` is the content of the fault sequence."""
    handler = f'<sequence name="fault">{fault}</sequence>' if fault is not None else ""
    return definitions(f'{handler}<sequence name="main"><in><send>{endpoint}</send></in><out><send/></out></sequence>')


def proxy(name, endpoint, out="<send/>", inside=None):
    flow = f"<inSequence>{inside}</inSequence>" if inside is not None else ""
    return f'<proxy name="{name}"><target>{flow}{endpoint}<outSequence>{out}</outSequence></target></proxy>'


def api(name, context, *resources):
    return f'<api name="{name}" context="{context}">{"".join(resources)}</api>'


def settings(listeners="", **sections):
    """A settings file: settings(limits={"headTime": 500}); times in milliseconds."""
    parts = [f"<{name} " + " ".join(f'{key}="{value}"' for key, value in values.items()) + "/>"
             for name, values in sections.items()]
    return f'<myelin xmlns="{NAMESPACE}">{listeners}{"".join(parts)}</myelin>'
