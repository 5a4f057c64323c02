"""Recon as an Airflow DAG: one task a night, never two at once, no runs for days that have passed."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="recon_nightly",
    schedule="30 4 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=20)},
    tags=["finance"],
):
    BashOperator(
        task_id="nightly",
        # Exit 3 means that something waits in quarantine: the night is done. 11 means another night runs: try again.
        bash_command=(
            "recon --config /etc/recon/recon.toml --as-of {{ data_interval_end | ds }} nightly; "
            'code=$?; [ "$code" -eq 3 ] || exit "$code"'
        ),
        append_env=True,
        execution_timeout=timedelta(hours=2),
    )
