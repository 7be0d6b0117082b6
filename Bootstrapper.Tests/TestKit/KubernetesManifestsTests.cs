using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>The strict reader of Kubernetes' documents sees what it is there to see.</summary>
public sealed class KubernetesManifestsTests
{
    private const string Good = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: a, namespace: b, labels: {app: a}}
        spec:
          selector: {matchLabels: {app: a}}
          template:
            metadata: {labels: {app: a}}
            spec:
              hostNetwork: true
              containers:
                - name: c
                  image: registry.k8s.io/pause:3.10
                  args: [x, "1"]
                  env: [{name: A, value: "true"}]
                  ports: [{containerPort: 80}]
                  resources: {requests: {cpu: 100m, memory: 1Gi}}
                  livenessProbe: {httpGet: {path: /, port: 80}}
                  volumeMounts: [{name: v, mountPath: /v}]
              volumes: [{name: v, hostPath: {path: /v}}]
        """;

    [Test]
    public void What_is_right_has_no_fault() => Assert.That(KubernetesManifests.Faults(Good), Is.Empty);

    [TestCase("hostNetwork: true", "hostnetwork: true", ".spec.template.spec.hostnetwork is unknown in PodSpec")]
    [TestCase("hostNetwork: true", "hostNetwork: yes", ".spec.template.spec.hostNetwork is no bool: yes")]
    [TestCase("hostNetwork: true", "hostNetwork: \"true\"", ".spec.template.spec.hostNetwork is no bool: true")]
    [TestCase("value: \"true\"", "value: true", ".spec.template.spec.containers[0].env[0].value is no text: true")]
    [TestCase("[x, \"1\"]", "[x, 1]", ".spec.template.spec.containers[0].args[1] is no text: 1")]
    [TestCase("containerPort: 80", "containerPort: 80000", ".spec.template.spec.containers[0].ports[0].containerPort is no port: 80000")]
    [TestCase("memory: 1Gi", "memory: 1GB", ".spec.template.spec.containers[0].resources.requests.memory is no quantity: 1GB")]
    [TestCase("registry.k8s.io/pause:3.10", "pause:3.10", ".spec.template.spec.containers[0].image is no image: pause:3.10")]
    [TestCase("registry.k8s.io/pause:3.10", "registry.k8s.io/pause", ".spec.template.spec.containers[0].image is no image: registry.k8s.io/pause")]
    [TestCase("volumes: [{name: v,", "volumes: [{name: w,", ".spec.template.spec: no volume v")]
    [TestCase("matchLabels: {app: a}", "matchLabels: {app: b}", ".spec.selector does not find its own pods by app")]
    [TestCase("name: a, namespace", "name: A, namespace", ".metadata.name is no name: A")]
    [TestCase("kind: DaemonSet", "kind: DeamonSet", ": there is no apps/v1 DeamonSet")]
    [TestCase("image: registry.k8s.io/pause:3.10", "imagePullPolicy: Always", ".spec.template.spec.containers[0].image is missing")]
    public void What_is_wrong_is_named(string from, string to, string fault)
    {
        var faults = KubernetesManifests.Faults(Good.Replace(from, to, StringComparison.Ordinal));
        Assert.That(faults, Is.EqualTo(new[] { fault }));
    }

    [Test]
    public void An_object_that_is_there_twice_is_named() => Assert.That(KubernetesManifests.Faults($"{Good}\n---\n{Good}\n"), Is.EqualTo(new[] { "DaemonSet b/a is there twice" }));

    [TestCase("")]
    [TestCase("a: [")]
    [TestCase("a: 1\na: 2")]
    public void What_is_no_document_is_a_fault(string text) => Assert.That(KubernetesManifests.Faults(text), Is.Not.Empty);
}
