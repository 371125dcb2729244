"""What is asked and what was seen, as frozen values. A scenario is declared with these names."""

from harness.model.app import App as App
from harness.model.app import Budget as Budget
from harness.model.metric import Metric as Metric
from harness.model.metric import bystander_p99 as bystander_p99
from harness.model.metric import capacity as capacity
from harness.model.metric import cpu_per as cpu_per
from harness.model.metric import cpu_per_request as cpu_per_request
from harness.model.metric import goodput as goodput
from harness.model.metric import goodput_of as goodput_of
from harness.model.metric import p50 as p50
from harness.model.metric import p99 as p99
from harness.model.metric import time_alone as time_alone
from harness.model.metric import until_failure as until_failure
from harness.model.scenario import Claim as Claim
from harness.model.scenario import Scenario as Scenario
from harness.model.scenario import Variant as Variant
from harness.model.scenario import grid as grid
from harness.model.theory import Ceiling as Ceiling
from harness.model.theory import event_loop as event_loop
from harness.model.theory import free_threads as free_threads
from harness.model.theory import limited as limited
from harness.model.theory import one_at_a_time as one_at_a_time
from harness.model.theory import paced as paced
from harness.model.theory import processes as processes
from harness.model.theory import threads as threads
from harness.model.workload import Workload as Workload
