"""zoomus, a Zoom client from PyPI, against the simulator; its code is as it came."""

import os
import re
import subprocess
import unittest
import urllib.parse
import urllib.request
from datetime import datetime

from zoomus import ZoomClient

ACCOUNT = "HaldenMainAccount00001"
MARA = "mara@halden.example"
SCOPES = [
    "user:read:user",
    "user:read:settings",
    "meeting:write:meeting",
    "meeting:read:meeting",
    "meeting:update:meeting",
    "meeting:update:status",
    "meeting:delete:meeting",
    "meeting:read:list_meetings",
]


class Simulator(unittest.TestCase):
    """A simulator, an app of its own, and the client."""

    @classmethod
    def setUpClass(cls):
        program = os.environ["ONECLICKROOMS_BIN"]
        cls.child = subprocess.Popen(
            [program, "zoom-sim", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(cls.end)
        cls.url = None
        for line in cls.child.stdout:
            if found := re.search(r"ready at (http:\S+)", line):
                cls.url = found[1]
                break
        cls.press(
            "apps",
            name="zoomus",
            client_id="zoomus-id",
            client_secret="zoomus-secret",
            webhook_secret="unused",
            redirect_uris="http://localhost:9/none",
            scopes=" ".join(f"{scope}:admin" for scope in SCOPES),
        )
        cls.client = ZoomClient(
            "zoomus-id",
            "zoomus-secret",
            ACCOUNT,
            base_uri=f"{cls.url}/v2",
            oauth_uri=f"{cls.url}/oauth/token",
        )

    @classmethod
    def end(cls):
        cls.child.terminate()
        cls.child.wait(10)
        cls.child.stdout.close()

    @classmethod
    def press(cls, form, **fields):
        """Presses a button of the console."""
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{cls.url}/console/{form}", body) as answer:
            assert answer.status == 200, answer.status

    def make(self):
        answer = self.client.meeting.create(
            user_id=MARA,
            topic="Budget",
            type=2,
            start_time=datetime(2030, 12, 1, 9, 0),
            duration=30,
            timezone="UTC",
        )
        self.assertEqual(answer.status_code, 201, answer.text)
        return answer.json()

    def test_a_meeting_is_made_listed_changed_and_deleted(self):
        made = self.make()
        self.assertEqual(made["start_time"], "2030-12-01T09:00:00Z")
        self.assertEqual(made["host_email"], MARA)
        listed = self.client.meeting.list(user_id=MARA).json()["meetings"]
        self.assertIn(made["id"], [meeting["id"] for meeting in listed])
        changed = self.client.meeting.update(id=made["id"], topic="Plan", duration=45)
        self.assertEqual((changed.status_code, changed.text), (204, ""))
        read = self.client.meeting.get(id=made["id"]).json()
        self.assertEqual((read["topic"], read["duration"]), ("Plan", 45))
        self.assertEqual(self.client.meeting.delete(id=made["id"]).status_code, 204)
        gone = self.client.meeting.get(id=made["id"])
        self.assertEqual((gone.status_code, gone.json()["code"]), (404, 3001))

    def test_a_meeting_that_takes_place_is_ended(self):
        number = self.make()["id"]
        early = self.client.meeting.update_status(id=number, action="end")
        self.assertEqual((early.status_code, early.json()["code"]), (400, 3063))
        self.press(f"meetings/{number}/beginning")
        self.assertEqual(self.client.meeting.get(id=number).json()["status"], "started")
        ended = self.client.meeting.update_status(id=number, action="end")
        self.assertEqual(ended.status_code, 204)

    def test_users_and_their_settings_are_read(self):
        user = self.client.user.get(id=MARA).json()
        self.assertEqual((user["email"], user["type"]), (MARA, 2))
        settings = self.client.user.get_settings(id="me").json()
        self.assertIs(settings["in_meeting"]["waiting_room"], True)
        stranger = self.client.user.get(id="ines@halden.example")
        self.assertEqual((stranger.status_code, stranger.json()["code"]), (404, 1001))

    def test_a_new_token_works(self):
        old = self.client.config["token"]
        self.client.refresh_token()
        self.assertNotEqual(self.client.config["token"], old)
        self.assertEqual(self.client.meeting.list(user_id="me").status_code, 200)

    def test_a_limit_tells_when_to_come_again(self):
        self.press("faults", on="list", what="daily-account", times="1")
        refused = self.client.meeting.list(user_id=MARA)
        self.assertEqual((refused.status_code, refused.json()["code"]), (429, 429))
        again = datetime.fromisoformat(refused.headers["Retry-After"].replace("Z", "+00:00"))
        self.assertEqual((again.hour, again.minute), (0, 0))
        self.assertEqual(self.client.meeting.list(user_id=MARA).status_code, 200)


if __name__ == "__main__":
    unittest.main()
