#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Loads hardenctl's policy, proves it and starts the exporter: in one process, as none may start once it is in force."""

import json
import os
import shutil
import subprocess

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: hardenctl_load
short_description: Loads hardenctl's policy and proves that it holds
description: >-
  Checks the machine's policy; where another one than that is in force, or none, loads it, has every guard tried, and asks what the seal
  would be refused for. Where any of it fails, what was in force
  before is so again, but for a policy with a higher serial.
options:
  load:
    description: Whether to load it; else it is only checked and tried on the kernel.
    type: bool
    default: true
  sealable:
    description: Whether findings that would have the seal refused are a failure.
    type: bool
    default: true
  logd:
    description: Whether to start the exporter of the log.
    type: bool
    default: true
  put:
    description: What the tasks before have put there, by what they registered; put back where the policy that came with it does not hold.
    type: list
    elements: dict
    default: []
author: hardenctl's maintainers
"""

EXAMPLES = """
- name: Load the policy and prove it
  hardenctl_load:
"""

RETURN = """
state:
  description: loaded, sealed or off
  type: str
  returned: always
stays:
  description: Whether a policy that does not hold is in force all the same, as its serial keeps the older one from coming back.
  type: bool
  returned: on failure
findings:
  description: What the seal would be refused for.
  type: list
  elements: str
  returned: always
"""

HARDENCTL = "/usr/sbin/hardenctl"


def run(*words):
    return subprocess.run([HARDENCTL, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def why(verb, ran):
    return f"hardenctl {verb}: exit status {ran.returncode}: {(ran.stderr or ran.stdout).strip()}"


def status():
    return json.loads(run("status", "--json").stdout)


def would_seal():
    """What would have the seal refused, a line each."""
    said = json.loads(run("seal", "--dry-run", "--json").stdout)
    return [f"{row['kind']}: {row['what']}; {row['advice']}" for row in said["findings"] if not row["tolerated"]]


def prove(module):
    """None, or what does not hold."""
    ran = run("verify")
    if ran.returncode:
        return why("verify", ran)
    ran = run("status", "-q")
    # 2: it is not sealed.
    if ran.returncode not in (0, 2):
        return why("status -q", ran)
    found = would_seal() if status()["state"] == "loaded" else []
    if found and module.params["sealable"]:
        return "the seal would be refused: " + "; ".join(found)
    return None


def take_back(module, before):
    """Of a problem's text, what became of it; whether the new policy stays."""
    if before["state"] == "loaded" and status()["policy"]["serial"] > before["policy"]["serial"]:
        return "; it stays in force, as an older serial is refused from now on: mend it and raise its serial", True
    for put in module.params["put"]:
        if put.get("backup_file"):
            shutil.copyfile(put["backup_file"], put["dest"])
        elif put.get("changed"):
            os.unlink(put["dest"])
    ran = run("unload") if before["state"] == "off" else run("load")
    return "" if not ran.returncode else "; and what was in force before does not come back: " + ran.stderr, False


def main():
    module = AnsibleModule(
        argument_spec={
            "load": {"type": "bool", "default": True},
            "sealable": {"type": "bool", "default": True},
            "logd": {"type": "bool", "default": True},
            "put": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    ran = run("load", "--dry-run")
    if ran.returncode:
        module.fail_json(msg=why("load --dry-run", ran))
    before = status()
    digest = ran.stdout.split("sha256:")[1][:64]
    changed = module.params["load"] and (before["state"] == "off" or before["policy"]["digest"] != "sha256:" + digest)
    if module.check_mode or not module.params["load"]:
        module.exit_json(changed=changed, state=before["state"], findings=[])
    if changed:
        ran = run("load")
        if ran.returncode:
            module.fail_json(msg=why("load", ran))
    problem = prove(module)
    if problem:
        text, stays = take_back(module, before) if changed else ("", False)
        module.fail_json(msg=problem + text, stays=stays)
    if module.params["logd"]:
        subprocess.run(["/usr/bin/systemctl", "start", "hardenctl-logd.service"], check=False, stdin=subprocess.DEVNULL)
    module.exit_json(changed=changed, state=status()["state"], findings=would_seal())


if __name__ == "__main__":
    main()
