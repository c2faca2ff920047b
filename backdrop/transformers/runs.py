"""The Celery tasks. Whatever happens in one, it ends done, waiting for its next try, or parked."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import structlog
from celery import Celery, Task
from celery.exceptions import Reject, SoftTimeLimitExceeded

from backdrop.broker.names import ENTRYPOINT, REQUEST_ID, RUN_TRANSFORM
from backdrop.broker.outgoing import TaskMessage, TaskSender
from backdrop.core.errors import BackdropError
from backdrop.core.instants import parse_instant
from backdrop.transformers.errors import Refused
from backdrop.transformers.patience import Patience
from backdrop.transformers.run import Due, Runner

log = structlog.get_logger("backdrop.transforms")

AnyTask: TypeAlias = "Task[Any, Any]"

Told = Mapping[str, str]
"""A task's arguments, by name and in their order."""

Facts = dict[str, Any]
"""What a log line says beside its event."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """What the tasks need. `runner` answers the one of the process that asks."""

    celery: Celery
    runner: Callable[[], Runner]
    sender: TaskSender
    patience: Patience

    def register(self) -> None:
        """Makes the tasks known to the Celery app, and to no other app of the process."""

        @self.celery.task(name=ENTRYPOINT, bind=True, max_retries=None, shared=False)
        def entrypoint(task: AnyTask, data_set_name: str, earliest: str, latest: str) -> None:
            told = {"data_set": data_set_name, "earliest": earliest, "latest": latest}
            self._attempt(task, told, self._fan_out)

        @self.celery.task(name=RUN_TRANSFORM, bind=True, max_retries=None, shared=False)
        def run_transform(
            task: AnyTask, data_set_name: str, transform_id: str, earliest: str, latest: str
        ) -> None:
            told = {"data_set": data_set_name, "transform": transform_id}
            self._attempt(task, {**told, "earliest": earliest, "latest": latest}, self._run)

    def _fan_out(self, told: Told, request_id: str) -> Facts:
        ids = self.runner().transform_ids(told["data_set"])
        for transform_id in ids:
            args = [told["data_set"], transform_id, told["earliest"], told["latest"]]
            self.sender.send(TaskMessage(RUN_TRANSFORM, str(uuid4()), args, request_id))
        return {"transforms": len(ids)}

    def _run(self, told: Told, _request_id: str) -> Facts:
        try:
            span = parse_instant(told["earliest"]), parse_instant(told["latest"])
        except ValueError as error:
            raise Refused(str(error)) from error
        return asdict(self.runner().run(Due(told["data_set"], told["transform"], *span)))

    def _attempt(self, task: AnyTask, told: Told, work: Callable[[Told, str], Facts]) -> None:
        request_id = str((task.request.headers or {}).get(REQUEST_ID) or task.request.id)
        kind = str(task.name).rpartition(".")[2]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            log.info(f"{kind} started", **told, retries=task.request.retries)
            began = time.perf_counter()
            try:
                done = work(told, request_id)
            except Exception as error:
                # the end of the line: Celery would drop the task for what is raised from here on
                self._after(error, task, told, request_id)
            else:
                log.info(f"{kind} finished", **told, **done, ms=round((time.perf_counter() - began) * 1000))

    def _after(self, error: Exception, task: AnyTask, told: Told, request_id: str) -> None:
        """Has a failed task tried again or parked."""
        retries = int(task.request.retries or 0)
        facts = {"task": str(task.name).rpartition(".")[2], **told, "reason": _reason(error)}
        failed = TaskMessage(
            str(task.name), str(task.request.id), list(told.values()), request_id, retries + 1
        )
        try:
            if retries < self.patience.retries(error):
                wait = self.patience.wait(retries, random.random)
                self.sender.send_later(failed, wait)
                log.warning("to be tried again", **facts, retries=retries, in_s=round(wait, 1))
            else:
                self.sender.park(failed, _reason(error) + _after(retries))
                log.error("parked", **facts, retries=retries)
        except Exception as trouble:
            # with the broker away there is one thing left: not to acknowledge
            log.error("goes back, for it can be neither sent nor parked", **facts, trouble=_reason(trouble))
            raise Reject(_reason(trouble), requeue=True) from trouble


def _took_too_long(error: BaseException | None) -> bool:
    """Whether the time limit lies behind it: who is stopped by it may say so in another error."""
    return error is not None and (
        isinstance(error, SoftTimeLimitExceeded) or _took_too_long(error.__cause__ or error.__context__)
    )


def _after(retries: int) -> str:
    return f" (after {retries} {'retry' if retries == 1 else 'retries'})" if retries else ""


def _reason(error: Exception) -> str:
    """The text of errors of ours; of others kind and place, for their text may quote anything, a token too."""
    if _took_too_long(error):
        return "took longer than TRANSFORM_TIME_LIMIT_SECONDS"
    if isinstance(error, BackdropError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}"
