namespace Sextant.Tests.TestKit;

/// <summary>
/// What the objects and configuration files of Kubernetes may hold, as far as this project writes them: written down from the API reference of 1.34 to 1.36. A key that
/// is not here is a fault; a new one is added here on purpose. <c>KEY:TYPE</c>, with <c>!</c> for a key that must be there; <c>[T]</c> is a list, <c>{T}</c> a mapping.
/// </summary>
internal static class KubernetesShapes
{
    /// <summary>By <c>apiVersion kind</c>; every kind has these two keys besides.</summary>
    public const string Kinds = """
        v1 Pod: metadata!:Meta spec!:PodSpec
        v1 Namespace: metadata!:Meta
        v1 ServiceAccount: metadata!:Meta automountServiceAccountToken:bool
        v1 ConfigMap: metadata!:Meta data:{text} immutable:bool
        v1 Secret: metadata!:Meta type:text data:{text} stringData:{text} immutable:bool
        v1 Service: metadata!:Meta spec!:ServiceSpec
        v1 Config: clusters!:[NamedCluster] users!:[NamedUser] contexts!:[NamedContext] current-context!:text preferences:any
        apps/v1 DaemonSet: metadata!:Meta spec!:DaemonSetSpec
        apps/v1 Deployment: metadata!:Meta spec!:DeploymentSpec
        apps/v1 StatefulSet: metadata!:Meta spec!:StatefulSetSpec
        v1 PersistentVolumeClaim: metadata!:Meta spec!:ClaimSpec
        batch/v1 CronJob: metadata!:Meta spec!:CronJobSpec
        rbac.authorization.k8s.io/v1 ClusterRole: metadata!:Meta rules:[RbacRule] aggregationRule:any
        rbac.authorization.k8s.io/v1 Role: metadata!:Meta rules:[RbacRule]
        rbac.authorization.k8s.io/v1 ClusterRoleBinding: metadata!:Meta roleRef!:RoleRef subjects!:[Subject]
        rbac.authorization.k8s.io/v1 RoleBinding: metadata!:Meta roleRef!:RoleRef subjects!:[Subject]
        policy/v1 PodDisruptionBudget: metadata!:Meta spec!:BudgetSpec
        networking.k8s.io/v1 IngressClass: metadata!:Meta spec!:IngressClassSpec
        networking.k8s.io/v1 NetworkPolicy: metadata!:Meta spec!:any
        storage.k8s.io/v1 StorageClass: metadata!:Meta provisioner!:text parameters:{text} reclaimPolicy:Delete|Retain volumeBindingMode:Immediate|WaitForFirstConsumer allowVolumeExpansion:bool mountOptions:[text]
        storage.k8s.io/v1 CSIDriver: metadata!:Meta spec!:CsiDriverSpec
        scheduling.k8s.io/v1 PriorityClass: metadata!:Meta value!:int globalDefault:bool description:text preemptionPolicy:Never|PreemptLowerPriority
        apiregistration.k8s.io/v1 APIService: metadata!:Meta spec!:ApiServiceSpec
        apiextensions.k8s.io/v1 CustomResourceDefinition: metadata!:Meta spec!:any
        kubelet.config.k8s.io/v1beta1 KubeletConfiguration: authentication:KubeletAuthentication authorization:KubeletAuthorization cgroupDriver:systemd|cgroupfs clusterDNS:[address] clusterDomain:text containerLogMaxFiles:int containerLogMaxSize:quantity containerRuntimeEndpoint:text evictionHard:{text} evictionSoft:{text} failCgroupV1:bool failSwapOn:bool featureGates:{bool} healthzBindAddress:address healthzPort:port imageGCHighThresholdPercent:int imageGCLowThresholdPercent:int kubeReserved:{quantity} maxParallelImagePulls:int maxPods:int nodeStatusUpdateFrequency:duration protectKernelDefaults:bool readOnlyPort:int registerWithTaints:[Taint] resolvConf:text rotateCertificates:bool seccompDefault:bool serializeImagePulls:bool serverTLSBootstrap:bool shutdownGracePeriod:duration shutdownGracePeriodCriticalPods:duration staticPodPath:text systemReserved:{quantity} tlsCertFile:text tlsCipherSuites:[text] tlsMinVersion:VersionTLS12|VersionTLS13 tlsPrivateKeyFile:text volumePluginDir:text
        kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration: bindAddress:address clientConnection:ClientConnection clusterCIDR:text conntrack:Conntrack configSyncPeriod:duration detectLocal:any detectLocalMode:ClusterCIDR|NodeCIDR|BridgeInterface|InterfaceNamePrefix featureGates:{bool} healthzBindAddress:text hostnameOverride:text iptables:ProxyRules metricsBindAddress:text mode:iptables|nftables nftables:ProxyRules nodePortAddresses:[text] oomScoreAdj:int
        apiserver.config.k8s.io/v1 EncryptionConfiguration: resources!:[EncryptedResources]
        apiserver.config.k8s.io/v1 AdmissionConfiguration: plugins!:[AdmissionPlugin]
        apiserver.config.k8s.io/v1beta1 AuthenticationConfiguration: anonymous:Anonymous jwt:[any]
        apiserver.config.k8s.io/v1 AuthenticationConfiguration: anonymous:Anonymous jwt:[any]
        pod-security.admission.config.k8s.io/v1 PodSecurityConfiguration: defaults!:PodSecurityDefaults exemptions!:PodSecurityExemptions
        audit.k8s.io/v1 Policy: omitStages:[RequestReceived|ResponseStarted|ResponseComplete|Panic] omitManagedFields:bool rules!:[AuditRule]
        """;

    /// <summary>By name.</summary>
    public const string Types = """
        Meta: name!:name namespace:name labels:{label} annotations:{text}
        TemplateMeta: name:name namespace:name labels:{label} annotations:{text}
        PodTemplate: metadata!:TemplateMeta spec!:PodSpec
        Selector: matchLabels:{label} matchExpressions:[SelectorTerm]
        SelectorTerm: key!:text operator!:In|NotIn|Exists|DoesNotExist|Gt|Lt values:[text]
        DaemonSetSpec: selector!:Selector template!:PodTemplate updateStrategy:UpdateStrategy minReadySeconds:int revisionHistoryLimit:int
        DeploymentSpec: replicas:int selector!:Selector template!:PodTemplate strategy:UpdateStrategy minReadySeconds:int revisionHistoryLimit:int progressDeadlineSeconds:int
        StatefulSetSpec: replicas:int serviceName:name selector!:Selector template!:PodTemplate updateStrategy:UpdateStrategy podManagementPolicy:OrderedReady|Parallel volumeClaimTemplates:[any]
        CronJobSpec: schedule!:text concurrencyPolicy:Allow|Forbid|Replace failedJobsHistoryLimit:int successfulJobsHistoryLimit:int startingDeadlineSeconds:int suspend:bool timeZone:text jobTemplate!:JobTemplate
        JobTemplate: metadata:TemplateMeta spec!:JobSpec
        JobSpec: activeDeadlineSeconds:int backoffLimit:int completions:int parallelism:int ttlSecondsAfterFinished:int template!:PodTemplate
        ClaimSpec: accessModes!:[ReadWriteOnce|ReadOnlyMany|ReadWriteMany|ReadWriteOncePod] resources!:Resources storageClassName:name volumeMode:Filesystem|Block volumeName:name
        UpdateStrategy: type:RollingUpdate|OnDelete|Recreate rollingUpdate:RollingUpdate
        RollingUpdate: maxUnavailable:count maxSurge:count partition:int
        PodSpec: activeDeadlineSeconds:int affinity:any automountServiceAccountToken:bool containers!:[Container] dnsConfig:any dnsPolicy:ClusterFirst|ClusterFirstWithHostNet|Default|None enableServiceLinks:bool hostAliases:[HostAlias] hostIPC:bool hostNetwork:bool hostPID:bool hostUsers:bool hostname:name imagePullSecrets:[NameOnly] initContainers:[Container] nodeName:name nodeSelector:{label} priorityClassName:name restartPolicy:Always|OnFailure|Never securityContext:PodSecurity serviceAccountName:name shareProcessNamespace:bool terminationGracePeriodSeconds:int tolerations:[Toleration] topologySpreadConstraints:[any] volumes:[Volume]
        NameOnly: name!:name
        HostAlias: ip!:address hostnames!:[text]
        Toleration: key:text operator:Exists|Equal|Lt|Gt value:text effect:NoSchedule|PreferNoSchedule|NoExecute tolerationSeconds:int
        Taint: key!:text value:text effect!:NoSchedule|PreferNoSchedule|NoExecute
        PodSecurity: fsGroup:int fsGroupChangePolicy:Always|OnRootMismatch runAsGroup:int runAsNonRoot:bool runAsUser:int seccompProfile:SeccompProfile supplementalGroups:[int] sysctls:[any] seLinuxOptions:any
        SeccompProfile: type!:RuntimeDefault|Unconfined|Localhost localhostProfile:text
        Container: args:[text] command:[text] env:[EnvVar] envFrom:[any] image!:image imagePullPolicy:Always|IfNotPresent|Never lifecycle:any livenessProbe:Probe name!:name ports:[ContainerPort] readinessProbe:Probe resources:Resources restartPolicy:Always securityContext:ContainerSecurity startupProbe:Probe stdin:bool terminationMessagePath:text terminationMessagePolicy:File|FallbackToLogsOnError tty:bool volumeDevices:[any] volumeMounts:[VolumeMount] workingDir:text
        EnvVar: name!:text value:text valueFrom:EnvSource
        EnvSource: fieldRef:FieldRef resourceFieldRef:any configMapKeyRef:KeyRef secretKeyRef:KeyRef
        FieldRef: fieldPath!:text apiVersion:text
        KeyRef: name!:name key!:text optional:bool
        ContainerPort: containerPort!:port hostIP:address hostPort:port name:name protocol:TCP|UDP|SCTP
        Probe: exec:ExecAction failureThreshold:int grpc:any httpGet:HttpGet initialDelaySeconds:int periodSeconds:int successThreshold:int tcpSocket:TcpSocket terminationGracePeriodSeconds:int timeoutSeconds:int
        ExecAction: command!:[text]
        HttpGet: host:text httpHeaders:[any] path:text port!:portname scheme:HTTP|HTTPS
        TcpSocket: host:text port!:portname
        Resources: requests:{quantity} limits:{quantity}
        ContainerSecurity: allowPrivilegeEscalation:bool appArmorProfile:any capabilities:Capabilities privileged:bool procMount:text readOnlyRootFilesystem:bool runAsGroup:int runAsNonRoot:bool runAsUser:int seLinuxOptions:any seccompProfile:SeccompProfile
        Capabilities: add:[text] drop:[text]
        VolumeMount: mountPath!:path mountPropagation:None|HostToContainer|Bidirectional name!:name readOnly:bool recursiveReadOnly:text subPath:text subPathExpr:text
        Volume: configMap:ConfigMapVolume csi:any downwardAPI:any emptyDir:EmptyDir hostPath:HostPath name!:name persistentVolumeClaim:ClaimVolume projected:any secret:SecretVolume
        ClaimVolume: claimName!:name readOnly:bool
        ConfigMapVolume: name!:name defaultMode:int items:[KeyPath] optional:bool
        SecretVolume: secretName!:name defaultMode:int items:[KeyPath] optional:bool
        KeyPath: key!:text path!:text mode:int
        EmptyDir: medium:text sizeLimit:quantity
        HostPath: path!:path type:DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice
        ServiceSpec: allocateLoadBalancerNodePorts:bool clusterIP:text externalTrafficPolicy:Cluster|Local internalTrafficPolicy:Cluster|Local ipFamilies:[IPv4|IPv6] ipFamilyPolicy:SingleStack|PreferDualStack|RequireDualStack loadBalancerIP:address ports:[ServicePort] publishNotReadyAddresses:bool selector:{label} sessionAffinity:ClientIP|None type:ClusterIP|NodePort|LoadBalancer|ExternalName
        ServicePort: appProtocol:text name:name nodePort:port port!:port protocol:TCP|UDP|SCTP targetPort:portname
        RbacRule: apiGroups:[text] nonResourceURLs:[text] resourceNames:[text] resources:[text] verbs!:[text]
        RoleRef: apiGroup!:rbac.authorization.k8s.io kind!:ClusterRole|Role name!:text
        Subject: apiGroup:text kind!:ServiceAccount|User|Group name!:text namespace:name
        BudgetSpec: maxUnavailable:count minAvailable:count selector!:Selector unhealthyPodEvictionPolicy:IfHealthyBudget|AlwaysAllow
        IngressClassSpec: controller!:text parameters:any
        CsiDriverSpec: attachRequired:bool fsGroupPolicy:ReadWriteOnceWithFSType|File|None podInfoOnMount:bool requiresRepublish:bool seLinuxMount:bool storageCapacity:bool tokenRequests:[any] volumeLifecycleModes:[Persistent|Ephemeral]
        ApiServiceSpec: caBundle:text group!:text groupPriorityMinimum!:int insecureSkipTLSVerify:bool service!:ApiServiceTarget version!:text versionPriority!:int
        ApiServiceTarget: name!:name namespace!:name port:port
        NamedCluster: name!:text cluster!:KubeconfigCluster
        KubeconfigCluster: server!:url certificate-authority:path certificate-authority-data:text tls-server-name:text
        NamedUser: name!:text user!:KubeconfigUser
        KubeconfigUser: client-certificate:path client-certificate-data:text client-key:path client-key-data:text tokenFile:path
        NamedContext: name!:text context!:KubeconfigContext
        KubeconfigContext: cluster!:text user!:text namespace:name
        KubeletAuthentication: anonymous:Switch webhook:KubeletWebhook x509:KubeletX509
        Switch: enabled!:bool
        KubeletWebhook: enabled!:bool cacheTTL:duration
        KubeletX509: clientCAFile!:path
        KubeletAuthorization: mode!:Webhook|AlwaysAllow webhook:any
        ClientConnection: kubeconfig!:path burst:int qps:int
        Conntrack: maxPerCore:int min:int tcpBeLiberal:bool tcpCloseWaitTimeout:duration tcpEstablishedTimeout:duration
        ProxyRules: localhostNodePorts:bool masqueradeAll:bool masqueradeBit:int minSyncPeriod:duration syncPeriod:duration
        EncryptedResources: resources!:[text] providers!:[EncryptionProvider]
        EncryptionProvider: secretbox:EncryptionKeys aesgcm:EncryptionKeys aescbc:EncryptionKeys identity:any kms:any
        EncryptionKeys: keys!:[EncryptionKey]
        EncryptionKey: name!:text secret!:text
        AdmissionPlugin: name!:text configuration:object path:path
        Anonymous: enabled!:bool conditions:[AnonymousCondition]
        AnonymousCondition: path!:path
        PodSecurityDefaults: enforce:privileged|baseline|restricted enforce-version:text audit:privileged|baseline|restricted audit-version:text warn:privileged|baseline|restricted warn-version:text
        PodSecurityExemptions: usernames:[text] runtimeClasses:[text] namespaces:[name]
        AuditRule: level!:None|Metadata|Request|RequestResponse users:[text] userGroups:[text] verbs:[text] resources:[AuditResources] namespaces:[text] nonResourceURLs:[text] omitStages:[text] omitManagedFields:bool
        AuditResources: group:text resources:[text] resourceNames:[text]
        """;
}
