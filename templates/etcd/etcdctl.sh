# etcdctl for root: the member on this machine, with the health check's client certificate (its key is root's alone).
if [ "$(id -u)" -eq 0 ]; then
    export ETCDCTL_API=3
    export ETCDCTL_ENDPOINTS=https://127.0.0.1:2379
    export ETCDCTL_CACERT={{pki}}/ca.crt
    export ETCDCTL_CERT={{pki}}/healthcheck-client.crt
    export ETCDCTL_KEY={{pki}}/healthcheck-client.key
fi
