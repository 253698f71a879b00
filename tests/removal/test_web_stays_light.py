import subprocess
import sys


def test_web_processes_load_no_inference_runtime() -> None:
    """Everything a web process imports: the ASGI application, all URLs, and the tasks."""
    code = (
        "import django, sys; django.setup(); import config.asgi, config.urls, removal.tasks;"
        "print(*sorted({'cv2', 'onnxruntime', 'openvino', 'rembg'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
