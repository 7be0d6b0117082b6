"""Loads the status page in Chromium and measures it; see page.sh. Speaks the DevTools protocol over the browser's pipe, so that nothing needs to be installed but the browser."""
import argparse
import concurrent.futures
import http.client
import itertools
import json
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time


class Browser:
    """Chromium without a screen, in a network namespace."""

    session = None

    def __init__(self, namespace, profile):
        to_browser, self.writer = os.pipe()
        reader, from_browser = os.pipe()
        command = ["ip", "netns", "exec", namespace, "sh", "-c", f'exec chromium "$@" 3<&{to_browser} 4>&{from_browser}', "chromium",
                   "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--window-size=1440,900"]
        self.process = subprocess.Popen(command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.incoming = os.fdopen(reader, "rb", buffering=0)
        self.pending = b""
        self.numbers = itertools.count(1)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def ask(self, method, **parameters):
        """One command and its result."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def receive(self):
        while b"\0" not in self.pending:
            octets = self.incoming.read(1 << 20)
            if not octets:
                raise RuntimeError("Chromium ended")
            self.pending += octets
        text, self.pending = self.pending.split(b"\0", 1)
        return json.loads(text)

    def run(self, script):
        """The value of a script; a promise is awaited."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def close(self):
        self.process.kill()
        self.process.wait()


class Operator:
    """The operator's socket, opened by a user: each may say ten words a second in the long run."""

    def __init__(self, path, user):
        self.socket = socket.socket(socket.AF_UNIX)
        os.seteuid(user)
        try:
            self.socket.connect(path)
        finally:
            os.seteuid(0)

    def say(self, mac, word):
        # In one piece, as the command line and curl send it; http.client would send the body apart.
        body = '{"force":false,"reason":"benchmark"}'
        self.socket.sendall(f"POST /api/v1/nodes/{mac}/{word} HTTP/1.1\r\nHost: sextant\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        answer = http.client.HTTPResponse(self.socket, method="POST")
        answer.begin()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{word}: status {answer.status}")


def mac_of(number):
    return f"52-54-00-00-{number // 256:02x}-{number % 256:02x}"


def thread_of(pid, name):
    """Where the kernel tells of a process's thread."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as file:
            if file.read().strip() == name:
                return f"{pid}/task/{thread}"
    raise RuntimeError(f"process {pid} has no thread {name}")


def processor_seconds(process):
    """Of a process, or of one of its threads."""
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


WHOLE = """new Promise(done => {
  const look = () => Number(document.getElementById('rack')?.dataset.drawn) === MACHINES ? requestAnimationFrame(() => requestAnimationFrame(() => done(
    { paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime, whole: performance.now() }))) : requestAnimationFrame(look);
  look();
})"""

# The next two frames after the tile has changed: by the second one it is on the screen.
SHOWN = """window.shown = new Promise(done => {
  const tile = document.querySelector(`a.tile[href='#/machine/MAC']`);
  const look = () => tile.textContent.includes('WORD') ? requestAnimationFrame(() => done(Date.now())) : requestAnimationFrame(look);
  look();
}); true"""


def loads(browser, url, machines, count):
    paints, wholes = [], []
    for _ in range(count):
        browser.ask("Page.navigate", url="about:blank")
        browser.ask("Page.navigate", url=url)
        while browser.run("location.href") == "about:blank":
            time.sleep(0.01)
        times = browser.run(WHOLE.replace("MACHINES", str(machines)))
        paints.append(times["paint"] or times["whole"])
        wholes.append(times["whole"])
    print(f"{machines} machines: first contentful paint {statistics.median(paints):.0f} ms (at most {max(paints):.0f}), "
          f"every machine drawn {statistics.median(wholes):.0f} ms (at most {max(wholes):.0f}) after the navigation began; {count} loads")


def latency(browser, operator, first, count, when):
    times = []
    for number in range(first, first + count):
        for word, seen in (("hold", "held"), ("release", "waiting")):
            browser.run(SHOWN.replace("MAC", mac_of(number)).replace("WORD", seen))
            begin = time.time() * 1000
            operator.say(mac_of(number), word)
            times.append(browser.run("window.shown") - begin)
    times.sort()
    print(f"{when} an event is on the page {statistics.median(times):.0f} ms after it was asked for (95 of 100 within {times[len(times) * 95 // 100]:.0f} ms, at most {times[-1]:.0f} ms); {len(times)} events")


def talk(operators, pid, machines, rate, duration):
    """Words of operators for so long: what part of a core the service used, and how long each waited for its answer."""
    # Each user waits for the answer to a word before the next one, and the users do not wait for each other.
    turns = itertools.count()
    words = [(number, word) for number in range(machines // 2, machines) for word in ("hold", "release")]
    begin, before = time.monotonic(), processor_seconds(pid)

    def say(operator):
        while (due := (turn := next(turns)) / rate) < duration:
            time.sleep(max(0, begin + due - time.monotonic()))
            operator.say(mac_of(words[turn % len(words)][0]), words[turn % len(words)][1])
            yield time.monotonic() - begin - due

    with concurrent.futures.ThreadPoolExecutor(len(operators)) as users:
        waits = [wait for waited in users.map(lambda operator: list(say(operator)), operators) for wait in waited]
    return (processor_seconds(pid) - before) / (time.monotonic() - begin), waits


def cost(browser, url, operators, pid, machines, rate, duration):
    """With the page open and without it in turns, because a machine is not as fast at one time as at another."""
    used, idle, waits = {url: [], "about:blank": []}, {}, []
    for turn in range(4):
        for address, times in used.items():
            browser.ask("Page.navigate", url=address)
            time.sleep(3)
            if turn == 3:
                before = processor_seconds(pid)
                time.sleep(duration / 4)
                idle[address] = (processor_seconds(pid) - before) / (duration / 4)
            part, waited = talk(operators, pid, machines, rate, duration / 2)
            # The runtime compiles what runs often once more, in the first seconds; that is not what a word costs.
            if turn > 0:
                times.append(part)
                waits += waited
    waits.sort()
    (shown, quiet), (hidden, still) = [(statistics.median(times), idle[address]) for address, times in used.items()]
    print(f"at {rate} operators' words a second, one page open, the service uses {100 * shown:.1f} % of a core ({100 * quiet:.1f} % without words), {100 * (shown - hidden):.1f} % of it for the page: "
          f"{100 * hidden:.1f} % with none open ({100 * still:.1f} % without words); "
          f"a word is answered after {1000 * statistics.median(waits):.0f} ms (95 of 100 within {1000 * waits[len(waits) * 95 // 100]:.0f} ms)")


def leasing(namespace, machines, rate, seconds):
    """The load: so many machines a second get their address."""
    return subprocess.Popen(["ip", "netns", "exec", namespace, "perfdhcp", "-4", "-l", "peer0", "-r", str(rate), "-R", str(machines), "-p", str(seconds), "-d", "2", "-W", "1000000",
                             "-b", f"mac={mac_of(0).replace('-', ':')}", "10.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def lease(namespace, machines, rate):
    """Every machine gets its address; returns how many did."""
    told = leasing(namespace, machines, rate, machines // rate).communicate()[0]
    leases = re.search(r"Statistics for: REQUEST-ACK.*?received packets: (\d+)", told, re.S)
    if not leases or int(leases[1]) == 0:
        raise RuntimeError(f"perfdhcp: no leases: {told}")
    return int(leases[1])


def cost_of_leases(pid, namespace, machines, rate):
    """Every machine gets its address, again and again: at first the runtime still compiles, which is not what a machine costs."""
    for _ in range(2):
        lease(namespace, machines, rate)
    threads = [pid, thread_of(pid, "dhcp 67"), thread_of(pid, "recorder")]
    time.sleep(10)
    before, begin = processor_seconds(pid), time.monotonic()
    time.sleep(10)
    quiet = (processor_seconds(pid) - before) / (time.monotonic() - begin)
    parts, leases = [], []
    for _ in range(3):
        before, begin = [processor_seconds(thread) for thread in threads], time.monotonic()
        leases.append(lease(namespace, machines, rate))
        took = time.monotonic() - begin
        parts.append([(processor_seconds(thread) - earlier) / took for thread, earlier in zip(threads, before)])
    used, to_answer, to_record = [100 * statistics.median(part) for part in zip(*parts)]
    print(f"at {statistics.median(leases) * rate / machines:.0f} machines a second that get an address, one page open, the service uses {used:.1f} % of a core ({100 * quiet:.1f} % when they are quiet), "
          f"{to_answer:.1f} % of it to answer DHCP and {to_record:.1f} % to record packets")


def main():
    options = argparse.ArgumentParser()
    for name, kind in (("socket", str), ("url", str), ("pid", int), ("namespace", str), ("machines", int), ("rate", int), ("loads", int), ("events", int), ("duration", float)):
        options.add_argument(f"--{name}", type=kind, required=True)
    given = options.parse_args()
    # The users other than root are nobody's numbers.
    os.chmod(given.socket, 0o666)
    os.chmod(os.path.dirname(given.socket), 0o711)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(given.namespace, profile)
        try:
            operators = [Operator(given.socket, user) for user in range(60100, 60100 + given.rate // 10 + 1)]
            loads(browser, given.url, given.machines, given.loads)
            latency(browser, Operator(given.socket, 0), 10, given.events, "in a quiet hour")
            load = leasing(given.namespace, given.machines - given.events, given.rate, 3600)
            try:
                latency(browser, Operator(given.socket, 0), given.machines - given.events, given.events, f"while {given.rate} other machines a second get an address")
            finally:
                load.kill()
                load.wait()
            cost_of_leases(given.pid, given.namespace, given.machines, given.rate)
            cost(browser, given.url, operators, given.pid, given.machines, given.rate, given.duration)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
