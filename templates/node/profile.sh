# Programs that do not come with the system.
case ":$PATH:" in
    *:{{programs}}:*) ;;
    *) PATH={{programs}}:$PATH ;;
esac
