import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.engine.DefaultRegistrationEngineFactory;
import org.eclipse.leshan.client.object.LwM2mTestObject;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.BaseInstanceEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.send.ManualDataSender;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.LwM2mId;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.DeregisterRequest;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.request.UpdateRequest;
import org.eclipse.leshan.core.request.argument.Arguments;
import org.eclipse.leshan.core.response.ExecuteResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.response.SendResponse;
import org.eclipse.leshan.core.response.WriteResponse;
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;

/**
 * A device for `cargo xtask interop`: Leshan's client library behind a command line.
 *
 * <p>It holds no protocol of its own: registration, message layer, formats, observation and the
 * objects 0, 1 and 3442 are Leshan's. Objects 3 and 3303 are small values to read, write, execute
 * and observe. The tests that drive it are in {@code tests/interop}.
 *
 * <pre>
 * java Peer -u coap://127.0.0.1:5683 -n NAME -m MODELS [-l LIFETIME_S] [-cp UPDATE_PERIOD_S] [-q]
 * java Peer -u coaps://127.0.0.1:5684 ... -i IDENTITY -p KEY_HEX
 * java Peer -u coaps://127.0.0.1:5684 ... -cpubk PEM -cprik PEM -spubk PEM
 * java Peer -u coaps://127.0.0.1:5684 ... -ccert PEM -cprik PEM -scert PEM
 * </pre>
 *
 * With coaps, {@code -cid BYTES} offers a Connection ID of that length (0 is one, too), {@code -c SUITE}
 * offers only this cipher suite, {@code -r} shakes hands before every update and {@code -f} never
 * resumes a session.
 *
 * Standard output carries one line per event: {@code ready}, {@code registered LOCATION},
 * {@code updated}, {@code deregistered}, {@code executed PATH [ARGUMENTS]},
 * {@code written PATH VALUE}, {@code sent CODE}, {@code collected MILLISECONDS}, {@code failed REASON}.
 * Standard input takes {@code update}, {@code temperature VALUE}, {@code send FORMAT PATH...},
 * {@code collect PATH...}, {@code send-collected FORMAT} and {@code quit}; its end means {@code quit}
 * too, so that the device never outlives the test which started it. {@code -q} registers in queue mode.
 */
public final class Peer {
    private static final int TEMPERATURE = 3303;
    private static final int TEST_OBJECT = 3442;
    private static final int SHORT_SERVER_ID = 123;
    private static final long SEND_TIMEOUT_MS = 10_000;

    private final LeshanClient client;
    private final Temperature temperature;

    private Peer(Options options) throws Exception {
        temperature = new Temperature();

        ObjectsInitializer objects = new ObjectsInitializer(new StaticModel(definitions(options.models)));
        objects.setInstancesForObject(LwM2mId.SECURITY, options.security());
        objects.setInstancesForObject(LwM2mId.SERVER, new Server(SHORT_SERVER_ID, options.lifetimeSeconds));
        objects.setInstancesForObject(LwM2mId.DEVICE, new Device());
        objects.setInstancesForObject(TEMPERATURE, temperature);
        objects.setInstancesForObject(TEST_OBJECT, new LwM2mTestObject());
        objects.setClassForObject(TEST_OBJECT, LwM2mTestObject.class);

        DefaultRegistrationEngineFactory engine = new DefaultRegistrationEngineFactory();
        if (options.updatePeriodSeconds != null) {
            engine.setCommunicationPeriod(options.updatePeriodSeconds * 1000);
        }
        engine.setQueueMode(options.queueMode);
        engine.setReconnectOnUpdate(options.handshakeOnUpdate);
        engine.setResumeOnConnect(!options.alwaysFullHandshake);

        CaliforniumClientEndpointsProvider.Builder transport = new CaliforniumClientEndpointsProvider.Builder(
                new CoapClientProtocolProvider(), new CoapsClientProtocolProvider());
        transport.setConfiguration(options.configure(transport.createDefaultConfiguration()));

        client = new LeshanClientBuilder(options.endpoint)
                .setObjects(objects.create(LwM2mId.SECURITY, LwM2mId.SERVER, LwM2mId.DEVICE, TEMPERATURE, TEST_OBJECT))
                .setEndpointsProviders(transport.build())
                .setRegistrationEngineFactory(engine)
                .setDataSenders(new ManualDataSender())
                .build();
        client.addObserver(new Reporter());
    }

    public static void main(String[] arguments) throws Exception {
        Peer peer = new Peer(Options.parse(arguments));
        peer.client.start();
        say("ready");
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        clock.scheduleAtFixedRate(peer.temperature::drift, 1, 1, TimeUnit.SECONDS);
        peer.obey(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        clock.shutdownNow();
        peer.client.destroy(true);
    }

    private void obey(BufferedReader commands) throws Exception {
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.trim().split(" ");
            switch (words[0]) {
            case "update":
                client.triggerRegistrationUpdate();
                break;
            case "temperature":
                temperature.hold(Double.parseDouble(words[1]));
                break;
            case "send":
                send(words);
                break;
            case "collect":
                collector().collectData(LwM2mPath.getLwM2mPathList(rest(words, 1)));
                say("collected " + System.currentTimeMillis());
                break;
            case "send-collected":
                collector().sendCollectedData(workbench(), ContentFormat.fromName(words[1]), SEND_TIMEOUT_MS, false);
                break;
            case "quit":
                return;
            default:
                say("failed unknown command: " + line);
            }
        }
    }

    /** {@code send FORMAT PATH...}: the values as they are now. */
    private void send(String[] words) throws Exception {
        SendResponse response = client.getSendService().sendData(workbench(), ContentFormat.fromName(words[1]),
                rest(words, 2), SEND_TIMEOUT_MS);
        say("sent " + (response == null ? "without answer" : response.getCode()));
    }

    private ManualDataSender collector() {
        return client.getSendService().getDataSender(ManualDataSender.DEFAULT_NAME, ManualDataSender.class);
    }

    private LwM2mServer workbench() {
        return client.getRegisteredServers().values().iterator().next();
    }

    private static List<String> rest(String[] words, int from) {
        return Arrays.asList(words).subList(from, words.length);
    }

    /** Leshan's definitions of the core objects and its test object; the sensor's is the workbench's own. */
    private static List<ObjectModel> definitions(File folder) throws Exception {
        List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
        models.addAll(ObjectLoader.loadDdfResources("/models/", new String[] { TEST_OBJECT + ".xml" }));
        ObjectModel sensor = ObjectLoader.loadObjectsFromDir(folder).stream()
                .filter(model -> model.id == TEMPERATURE)
                .max(Comparator.comparing(model -> model.version))
                .orElseThrow(() -> new IllegalArgumentException("no definition of 3303 under " + folder));
        models.add(sensor);
        return models;
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Object 3: text that can be written, a multiple resource, and a reboot that only reports. */
    public static final class Device extends BaseInstanceEnabler {
        private static final int MANUFACTURER = 0;
        private static final int MODEL_NUMBER = 1;
        private static final int SERIAL_NUMBER = 2;
        private static final int REBOOT = 4;
        private static final int POWER_SOURCES = 6;
        private static final int BATTERY_LEVEL = 9;
        private static final int ERROR_CODES = 11;
        private static final int RESET_ERROR_CODES = 12;
        private static final int CURRENT_TIME = 13;
        private static final int UTC_OFFSET = 14;
        private static final int TIME_ZONE = 15;
        private static final int BINDINGS = 16;
        private static final List<Integer> RESOURCES = Arrays.asList(MANUFACTURER, MODEL_NUMBER, SERIAL_NUMBER, REBOOT,
                POWER_SOURCES, BATTERY_LEVEL, ERROR_CODES, RESET_ERROR_CODES, CURRENT_TIME, UTC_OFFSET, TIME_ZONE,
                BINDINGS);

        private String utcOffset = "+00";
        private String timeZone = "Etc/UTC";
        private long clockAheadMs = 0;

        @Override
        public synchronized ReadResponse read(LwM2mServer server, int resource) {
            switch (resource) {
            case MANUFACTURER:
                return ReadResponse.success(resource, "Leshan");
            case MODEL_NUMBER:
                return ReadResponse.success(resource, "Interop peer");
            case SERIAL_NUMBER:
                return ReadResponse.success(resource, "LPR-0001");
            case POWER_SOURCES:
                return ReadResponse.success(resource, Map.of(0, 1L, 1, 5L), Type.INTEGER);
            case BATTERY_LEVEL:
                return ReadResponse.success(resource, 87L);
            case ERROR_CODES:
                return ReadResponse.success(resource, Map.of(0, 0L), Type.INTEGER);
            case CURRENT_TIME:
                return ReadResponse.success(resource, new Date(System.currentTimeMillis() + clockAheadMs));
            case UTC_OFFSET:
                return ReadResponse.success(resource, utcOffset);
            case TIME_ZONE:
                return ReadResponse.success(resource, timeZone);
            case BINDINGS:
                return ReadResponse.success(resource, "U");
            default:
                return super.read(server, resource);
            }
        }

        @Override
        public synchronized WriteResponse write(LwM2mServer server, boolean replace, int resource, LwM2mResource value) {
            switch (resource) {
            case CURRENT_TIME:
                clockAheadMs = ((Date) value.getValue()).getTime() - System.currentTimeMillis();
                break;
            case UTC_OFFSET:
                utcOffset = (String) value.getValue();
                break;
            case TIME_ZONE:
                timeZone = (String) value.getValue();
                break;
            default:
                return super.write(server, replace, resource, value);
            }
            say("written /3/0/" + resource + " " + value.getValue());
            fireResourceChange(resource);
            return WriteResponse.success();
        }

        @Override
        public ExecuteResponse execute(LwM2mServer server, int resource, Arguments arguments) {
            if (resource != REBOOT && resource != RESET_ERROR_CODES) {
                return super.execute(server, resource, arguments);
            }
            String text = arguments == null || arguments.isEmpty() ? "" : " " + arguments.serialize();
            say("executed /3/0/" + resource + text);
            return ExecuteResponse.success();
        }

        @Override
        public List<Integer> getAvailableResourceIds(ObjectModel model) {
            return RESOURCES;
        }
    }

    /** Object 3303: a value that moves every second until a test holds it still. */
    public static final class Temperature extends BaseInstanceEnabler {
        private static final int MIN_MEASURED = 5601;
        private static final int MAX_MEASURED = 5602;
        private static final int RESET_MIN_MAX = 5605;
        private static final int VALUE = 5700;
        private static final int UNITS = 5701;
        private static final List<Integer> RESOURCES = Arrays.asList(MIN_MEASURED, MAX_MEASURED, RESET_MIN_MAX, VALUE,
                UNITS);

        private final Random random = new Random(3303);
        private boolean held = false;
        private double value = 20.0;
        private double lowest = value;
        private double highest = value;

        synchronized void drift() {
            if (!held) {
                set(value + random.nextInt(21) / 10.0 - 1.0);
            }
        }

        synchronized void hold(double celsius) {
            held = true;
            set(celsius);
        }

        private void set(double celsius) {
            value = Math.round(celsius * 10.0) / 10.0;
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
            fireResourcesChange(getResourcePaths(VALUE, MIN_MEASURED, MAX_MEASURED));
        }

        @Override
        public synchronized ReadResponse read(LwM2mServer server, int resource) {
            switch (resource) {
            case MIN_MEASURED:
                return ReadResponse.success(resource, lowest);
            case MAX_MEASURED:
                return ReadResponse.success(resource, highest);
            case VALUE:
                return ReadResponse.success(resource, value);
            case UNITS:
                return ReadResponse.success(resource, "Cel");
            default:
                return super.read(server, resource);
            }
        }

        @Override
        public synchronized ExecuteResponse execute(LwM2mServer server, int resource, Arguments arguments) {
            if (resource != RESET_MIN_MAX) {
                return super.execute(server, resource, arguments);
            }
            lowest = value;
            highest = value;
            say("executed /3303/0/" + resource);
            fireResourcesChange(getResourcePaths(MIN_MEASURED, MAX_MEASURED));
            return ExecuteResponse.success();
        }

        @Override
        public List<Integer> getAvailableResourceIds(ObjectModel model) {
            return RESOURCES;
        }
    }

    /** Turns Leshan's events into lines that a test waits for. */
    private static final class Reporter extends LwM2mClientObserverAdapter {
        @Override
        public void onRegistrationSuccess(LwM2mServer server, RegisterRequest request, String location) {
            say("registered " + location);
        }

        @Override
        public void onRegistrationFailure(LwM2mServer server, RegisterRequest request, ResponseCode code, String message,
                Exception cause) {
            say("failed registration " + code + " " + message);
        }

        @Override
        public void onRegistrationTimeout(LwM2mServer server, RegisterRequest request) {
            say("failed registration: no answer");
        }

        @Override
        public void onUpdateSuccess(LwM2mServer server, UpdateRequest request) {
            say("updated");
        }

        @Override
        public void onUpdateFailure(LwM2mServer server, UpdateRequest request, ResponseCode code, String message,
                Exception cause) {
            say("failed update " + code + " " + message);
        }

        @Override
        public void onUpdateTimeout(LwM2mServer server, UpdateRequest request) {
            say("failed update: no answer");
        }

        @Override
        public void onDeregistrationSuccess(LwM2mServer server, DeregisterRequest request) {
            say("deregistered");
        }

        @Override
        public void onUnexpectedError(Throwable error) {
            say("failed " + error);
        }
    }

    /** The command line, in the words of Leshan's demo client. */
    private static final class Options {
        private static final List<String> FLAGS = Arrays.asList("-q", "-r", "-f");

        private final String server;
        private final String endpoint;
        private final File models;
        private final long lifetimeSeconds;
        private final Integer updatePeriodSeconds;
        private final boolean queueMode;
        private final boolean handshakeOnUpdate;
        private final boolean alwaysFullHandshake;
        private final Map<String, String> given;

        private Options(Map<String, String> given) {
            server = required(given, "-u");
            endpoint = required(given, "-n");
            models = new File(required(given, "-m"));
            lifetimeSeconds = Long.parseLong(given.getOrDefault("-l", "300"));
            updatePeriodSeconds = given.containsKey("-cp") ? Integer.valueOf(given.get("-cp")) : null;
            queueMode = given.containsKey("-q");
            handshakeOnUpdate = given.containsKey("-r");
            alwaysFullHandshake = given.containsKey("-f");
            this.given = given;
        }

        /** The instance of object 0 that the given credentials make. */
        Security security() throws Exception {
            if (given.containsKey("-i")) {
                byte[] identity = given.get("-i").getBytes(StandardCharsets.UTF_8);
                byte[] key = Hex.decodeHex(required(given, "-p").toCharArray());
                return Security.psk(server, SHORT_SERVER_ID, identity, key);
            }
            if (given.containsKey("-cpubk")) {
                return Security.rpk(server, SHORT_SERVER_ID, pem("-cpubk"), pem("-cprik"), pem("-spubk"));
            }
            if (given.containsKey("-ccert")) {
                return Security.x509(server, SHORT_SERVER_ID, pem("-ccert"), pem("-cprik"), pem("-scert"));
            }
            return Security.noSec(server, SHORT_SERVER_ID);
        }

        Configuration configure(Configuration configuration) {
            // By itself it would offer one; -1 stands for none.
            int bytes = Integer.parseInt(given.getOrDefault("-cid", "-1"));
            configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, bytes);
            if (given.containsKey("-c")) {
                CipherSuite suite = CipherSuite.getTypeByName(given.get("-c"));
                configuration.set(DtlsConfig.DTLS_RECOMMENDED_CIPHER_SUITES_ONLY, false);
                configuration.set(DtlsConfig.DTLS_CIPHER_SUITES, Arrays.asList(suite));
            }
            return configuration;
        }

        /** What a PEM file holds, as DER. */
        private byte[] pem(String option) throws Exception {
            StringBuilder body = new StringBuilder();
            for (String line : Files.readAllLines(Path.of(required(given, option)))) {
                if (line.startsWith("-----END")) {
                    break;
                }
                if (!line.startsWith("-----")) {
                    body.append(line.trim());
                }
            }
            return Base64.getDecoder().decode(body.toString());
        }

        static Options parse(String[] arguments) {
            Map<String, String> given = new HashMap<>();
            for (int i = 0; i < arguments.length; i += 2) {
                if (FLAGS.contains(arguments[i])) {
                    given.put(arguments[i--], "");
                } else {
                    given.put(arguments[i], arguments[i + 1]);
                }
            }
            return new Options(given);
        }

        private static String required(Map<String, String> given, String name) {
            String value = given.get(name);
            if (value == null) {
                throw new IllegalArgumentException(name + " is missing: -u SERVER -n NAME -m MODELS [-l S] [-cp S] [-q]");
            }
            return value;
        }
    }
}
