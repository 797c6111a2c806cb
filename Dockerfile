# The app on port 8501; runs are kept in the volume /runs.
FROM python:3.12-slim
WORKDIR /lab
COPY requirements.txt .
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
COPY . .
RUN useradd --create-home lab && mkdir /runs && chown lab /runs
USER lab
ENV BOLTZMANN_STORE=/runs
VOLUME /runs
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/healthz', timeout=5)"
CMD ["streamlit", "run", "dashboard/app.py", "--server.address", "0.0.0.0", "--server.headless", "true"]
